namespace ProdReady.Domain;

/// <summary>
/// One signed-in device. Each refresh raises the generation, so only the newest refresh token is valid, and the use of
/// an older one is detected as theft or replay.
/// </summary>
internal sealed class Session
{
    private Session()
    {
    }

    public Guid Id { get; private set; }

    public Guid UserId { get; private set; }

    public int Generation { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset RefreshedAt { get; private set; }

    /// <summary>The session ends at this time, even if it is refreshed.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    public string? IpAddress { get; private set; }

    public string? UserAgent { get; private set; }

    public static Session Start(Guid userId, Device device, DateTimeOffset now, TimeSpan lifetime) => new()
    {
        Id = Guid.CreateVersion7(now),
        UserId = userId,
        CreatedAt = now,
        RefreshedAt = now,
        ExpiresAt = now + lifetime,
        IpAddress = device.IpAddress,
        UserAgent = device.UserAgent,
    };
}

/// <summary>What helps a user to recognize a session.</summary>
internal sealed record Device(string? IpAddress, string? UserAgent)
{
    public const int MaxIpAddressLength = 64;
    public const int MaxUserAgentLength = 256;
}
