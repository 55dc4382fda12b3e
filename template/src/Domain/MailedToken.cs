namespace ProdReady.Domain;

/// <summary>
/// The token in an emailed link; it proves that the sender reads the user's mail. Only its hash is stored, so a copy
/// of the database gives no access to accounts.
/// </summary>
internal sealed class MailedToken
{
    public Guid Id { get; private init; } = Guid.CreateVersion7();

    public required Guid UserId { get; init; }

    public required MailedTokenPurpose Purpose { get; init; }

    public required byte[] Hash { get; init; }

    /// <summary>The new address of the user; for a change of address only.</summary>
    public string? NewEmail { get; init; }

    /// <summary>Of the registration that the link confirms; for a confirmation only.</summary>
    public string? PasswordHash { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}

internal enum MailedTokenPurpose
{
    ConfirmEmail,
    ResetPassword,
    ChangeEmail,
}
