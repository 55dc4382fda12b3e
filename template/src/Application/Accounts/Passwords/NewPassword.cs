using Microsoft.AspNetCore.Identity;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>The passwords known from data breaches, which attackers try first.</summary>
internal interface IBreachedPasswords
{
    /// <summary>False also if the lookup fails: an outage of the service must not block users.</summary>
    Task<bool> Contain(string password, CancellationToken ct);
}

/// <summary>Checks, hashes and stores a new password, for sign-up, change and reset.</summary>
internal sealed class NewPassword(
    IBreachedPasswords breached,
    IPasswordHasher<User> hasher,
    IAppDbContext db,
    MailedTokens tokens,
    AccountEmails emails,
    IHostEnvironment environment)
{
    // On zxcvbn's scale of 0 to 4. Below 3, an offline attack on a stolen hash is likely to succeed.
    private const int MinScore = 3;

    // Static, because loading its dictionaries takes about 20 ms of CPU.
    private static readonly Zxcvbn.Zxcvbn Strength = new();

    /// <summary>The hash of the password; a weak or breached password is refused with status 400.</summary>
    /// <param name="property">The member of the request that holds the password.</param>
    public async Task<string> Hash(string property, string password, string email, CancellationToken ct)
    {
        if (Strength.EvaluatePassword(password, WordsAround(email)).Score < MinScore)
        {
            throw new InvalidInputException(
                property, "Is too easy to guess. A sentence of your own is hard to guess and easy to remember.");
        }

        if (await breached.Contain(password, ct))
        {
            throw new InvalidInputException(
                property, "Is known from a data breach, so that attackers try it. Choose another one.");
        }

        return hasher.HashPassword(User.Register(email, "", DateTimeOffset.UnixEpoch), password);
    }

    /// <summary>
    /// Sets the password, deletes the user's emailed tokens and all sessions but one, and queues an email. The caller
    /// opens the transaction.
    /// </summary>
    /// <returns>False if a concurrent request changed the password.</returns>
    public async Task<bool> TrySet(User user, string hash, Guid? keptSession, CancellationToken ct)
    {
        var isSet = await db.Users
            .Where(u => u.Id == user.Id && u.SecurityStamp == user.SecurityStamp)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(u => u.PasswordHash, hash)
                    .SetProperty(u => u.SecurityStamp, $"{Guid.NewGuid():N}")
                    .SetProperty(u => u.ConcurrencyStamp, $"{Guid.NewGuid()}")
                    // A reset link proves that the user reads the mail of the address, and ends a lockout. A change
                    // requires a confirmed account, so the same values are right for it.
                    .SetProperty(u => u.EmailConfirmed, true)
                    .SetProperty(u => u.AccessFailedCount, 0)
                    .SetProperty(u => u.LockoutEnd, (DateTimeOffset?)null),
                ct) == 1;
        if (isSet)
        {
            await db.Sessions
                .Where(session => session.UserId == user.Id && session.Id != keptSession)
                .ExecuteDeleteAsync(ct);
            await tokens.DeleteAll(user.Id, ct);
            emails.QueuePasswordChanged(user);
            await db.SaveChangesAsync(ct);
        }

        return isSet;
    }

    // An attacker tries the parts of the address and the name of the product first.
    private IEnumerable<string> WordsAround(string email)
    {
        var product = environment.ApplicationName;

        return new[] { email, product, product.Replace(".", "") }
            .Concat(email.Split('@', '.', '-', '_', '+'))
            .Concat(product.Split('.', '-', '_'))
            .Where(word => word.Length > 2)
            .Select(word => word.ToLowerInvariant())
            .Distinct();
    }
}
