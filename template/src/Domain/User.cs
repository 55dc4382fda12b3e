using Microsoft.AspNetCore.Identity;

namespace ProdReady.Domain;

/// <summary>An account. IdentityUser adds the password hash and the stamps.</summary>
internal sealed class User : IdentityUser<Guid>
{
    public const int MaxEmailLength = 254;

    private User()
    {
    }

    public List<string> Roles { get; private set; } = [];

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>If set, the account is disabled, and its sessions are not active.</summary>
    public DateTimeOffset? DisabledAt { get; private set; }

    public static User Register(string email, string passwordHash, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        // Identity's unique index is on the user name, so the address is the name: a race cannot register it twice.
        UserName = email,
        Email = email,
        PasswordHash = passwordHash,
        CreatedAt = now,
    };

    public void ChangeEmail(string email, string normalizedEmail)
    {
        (UserName, NormalizedUserName) = (email, normalizedEmail);
        (Email, NormalizedEmail) = (email, normalizedEmail);
        ConcurrencyStamp = $"{Guid.NewGuid()}";
    }
}
