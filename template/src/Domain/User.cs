using Microsoft.AspNetCore.Identity;

namespace ProdReady.Domain;

/// <summary>
/// Somebody with an account. Identity's plain class brings the password hash, the stamps and the lockout.
/// </summary>
internal sealed class User : IdentityUser<Guid>
{
    public const int MaxEmailLength = 254;

    private User()
    {
    }

    public List<string> Roles { get; private set; } = [];

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Set: the account is switched off, with all its sessions.</summary>
    public DateTimeOffset? DisabledAt { get; private set; }

    public static User Register(string email, string passwordHash, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        // Identity has a unique index on the user name, so the address is the name and stays unique under a race.
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
