namespace ProdReady.Domain;

/// <summary>
/// The token in an emailed link; it proves that the sender reads the user's mail. Only its hash is stored, so a copy
/// of the database gives no access to accounts.
/// </summary>
internal sealed class MailedToken
{
    private MailedToken()
    {
    }

    public Guid Id { get; private set; }

    public Guid UserId { get; private set; }

    public MailedTokenPurpose Purpose { get; private set; }

    public byte[] Hash { get; private set; } = [];

    /// <summary>The new address of the user; for a change of address only.</summary>
    public string? NewEmail { get; private set; }

    /// <summary>Of the registration that the link confirms; for a confirmation only.</summary>
    public string? PasswordHash { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    public static MailedToken For(
        User user,
        MailedTokenPurpose purpose,
        byte[] hash,
        string? newEmail,
        string? passwordHash,
        DateTimeOffset expiresAt) => new()
        {
            Id = Guid.CreateVersion7(),
            UserId = user.Id,
            Purpose = purpose,
            Hash = hash,
            NewEmail = newEmail,
            PasswordHash = passwordHash,
            ExpiresAt = expiresAt,
        };
}

internal enum MailedTokenPurpose
{
    ConfirmEmail,
    ResetPassword,
    ChangeEmail,
}
