namespace ProdReady.Domain;

/// <summary>An account. IdentityUser adds the password hash and the stamps.</summary>
internal sealed class User : IdentityUser<Guid>
{
    public const int MaxEmailLength = 254;
    public const int MaxPasswordHashLength = 200;

    private User()
    {
    }

    public List<string> Roles { get; private set; } = [];

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>If set, the account is disabled, and its sessions are not active.</summary>
    public DateTimeOffset? DisabledAt { get; private set; }

    /// <summary>If set, no query finds the account any more (UserConfiguration); a job deletes its rows.</summary>
    public DateTimeOffset? DeletedAt { get; private set; }

    /// <summary>When the newest link was mailed. An account that is never confirmed is purged a while later.</summary>
    public DateTimeOffset LinkMailedAt { get; private set; }

    // Form C, in which addresses are compared: it makes a K of the Kelvin sign, so the stored address must have the K.
    public static User Register(string email, string passwordHash, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        // Identity's unique index is on the user name, so the address is the name: a race cannot register it twice.
        UserName = email.Normalize(),
        Email = email.Normalize(),
        PasswordHash = passwordHash,
        CreatedAt = now,
        LinkMailedAt = now,
    };

    public void RecordLink(DateTimeOffset now) => LinkMailedAt = now;

    /// <param name="passwordHash">Of the registration that the followed link was mailed for.</param>
    public void Confirm(string passwordHash)
    {
        (EmailConfirmed, PasswordHash) = (true, passwordHash);
        ReplaceStamps();
    }

    public void ChangeEmail(string email, string normalizedEmail)
    {
        (UserName, NormalizedUserName) = (email, normalizedEmail);
        (Email, NormalizedEmail) = (email, normalizedEmail);
        ReplaceStamps();
    }

    /// <summary>Frees the address. The id in its place is not an address, so no client can register it.</summary>
    public void Delete(DateTimeOffset now)
    {
        (DeletedAt, PasswordHash) = (now, null);
        ChangeEmail($"{Id}", $"{Id}");
    }

    // A concurrent request that has verified the old password or read the old address compares the stamp, and fails.
    private void ReplaceStamps() =>
        (SecurityStamp, ConcurrencyStamp) = ($"{Guid.NewGuid():N}", $"{Guid.NewGuid()}");
}
