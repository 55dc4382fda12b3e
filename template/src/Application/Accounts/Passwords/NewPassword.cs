using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>Knows the passwords that were stolen elsewhere, and that attackers therefore try first.</summary>
internal interface IBreachedPasswords
{
    /// <summary>False also where it cannot be found out: nobody is kept out because somebody else is down.</summary>
    Task<bool> Contain(string password, CancellationToken ct);
}

/// <summary>A password that somebody chooses, wherever that is: when signing up, by a change or by a reset.</summary>
internal sealed class NewPassword(
    IBreachedPasswords breached,
    IPasswordHasher<User> hasher,
    IAppDbContext db,
    MailedTokens tokens,
    AccountEmails emails,
    IHostEnvironment environment)
{
    // zxcvbn's scale ends at 4. Below 3 a password falls to somebody who stole the database and has patience.
    private const int MinScore = 3;

    // One for all: it keeps the lists of common words that it has read, which takes twenty milliseconds of CPU.
    private static readonly Zxcvbn.Zxcvbn Strength = new();

    /// <summary>The hash of a password that may be used; refuses one that can be guessed.</summary>
    /// <param name="property">The member of the request that the password stands in.</param>
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
    /// Gives the user the new password, ends all sessions but one and all mailed links, and tells by mail; in the
    /// transaction of the caller.
    /// </summary>
    /// <returns>False where the password was changed by somebody else at the same moment.</returns>
    public async Task<bool> TrySet(User user, string hash, Guid? keptSession, CancellationToken ct)
    {
        var isSet = await db.Users
            .Where(u => u.Id == user.Id && u.SecurityStamp == user.SecurityStamp)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(u => u.PasswordHash, hash)
                    .SetProperty(u => u.SecurityStamp, $"{Guid.NewGuid():N}")
                    .SetProperty(u => u.ConcurrencyStamp, $"{Guid.NewGuid()}")
                    // Whoever comes by mail has shown that the address is theirs, and is not kept out by the guesses
                    // of others; who is signed in has shown so before.
                    .SetProperty(u => u.EmailConfirmed, true)
                    .SetProperty(u => u.AccessFailedCount, 0)
                    .SetProperty(u => u.LockoutEnd, (DateTimeOffset?)null),
                ct) == 1;
        if (isSet)
        {
            await db.Sessions
                .Where(session => session.UserId == user.Id && session.Id != keptSession)
                .ExecuteDeleteAsync(ct);
            await tokens.EndAll(user.Id, ct);
            emails.QueuePasswordChanged(user);
            await db.SaveChangesAsync(ct);
        }

        return isSet;
    }

    // What is guessed first for this user of this product.
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
