
namespace ProdReady.Domain;

/// <summary>
/// What a mailed link proves: that who follows it reads the mail of the user. Only a hash of it is kept, so nothing in
/// the database opens an account.
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

    /// <summary>The address that is to be the user's; for a change of address only.</summary>
    public string? NewEmail { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    public static MailedToken For(
        User user,
        MailedTokenPurpose purpose,
        byte[] hash,
        string? newEmail,
        DateTimeOffset now,
        DateTimeOffset expiresAt) => new()
        {
            // Ids grow with time: the largest one is the newest token.
            Id = Guid.CreateVersion7(now),
            UserId = user.Id,
            Purpose = purpose,
            Hash = hash,
            NewEmail = newEmail,
            ExpiresAt = expiresAt,
        };
}

internal enum MailedTokenPurpose
{
    ConfirmEmail,
    ResetPassword,
    ChangeEmail,
}
