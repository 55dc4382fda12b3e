namespace ProdReady.Domain;

/// <summary>
/// A device that signed in to an account or set its password. Its wrong passwords have a count of their own, so
/// guesses from elsewhere do not lock it out.
/// </summary>
internal sealed class KnownDevice
{
    /// <summary>A hash of the account and the device: the table shows no address.</summary>
    public required byte[] Key { get; init; }

    public required Guid UserId { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>The count of one known device, of all other devices of an account, or of an unknown address.</summary>
internal sealed class FailedSignIns
{
    public required byte[] Key { get; init; }

    public required int Count { get; init; }

    /// <summary>When the lockout ends, or the count starts again. Unix milliseconds.</summary>
    public required long EndsAt { get; init; }
}
