using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;

namespace ProdReady.Application.Accounts;

/// <summary>
/// The tokens in emailed links: 32 random bytes, bound to a user and a purpose, with an expiry. Only the newest token
/// of a user for a purpose is valid.
/// </summary>
internal sealed class MailedTokens(
    UserManager<User> users, IAppDbContext db, IOptions<AccountsOptions> options, TimeProvider clock)
{
    private const int Size = 32;

    public TimeSpan LifetimeOf(MailedTokenPurpose purpose) => purpose == MailedTokenPurpose.ResetPassword
        ? options.Value.ResetTokenLifetime
        : options.Value.ConfirmationTokenLifetime;

    /// <summary>Adds a new token to the context; the use case saves it.</summary>
    public (string Token, DateTimeOffset ExpiresAt) Issue(
        User user, MailedTokenPurpose purpose, string? newEmail = null)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));
        var now = clock.Now();
        var expiresAt = now + LifetimeOf(purpose);
        db.MailedTokens.Add(MailedToken.For(user, purpose, HashOf(token), newEmail, now, expiresAt));

        return (token, expiresAt);
    }

    /// <summary>The row of the token, if it is valid for the purpose.</summary>
    public IQueryable<MailedToken> Valid(MailedTokenPurpose purpose, string token)
    {
        // SHA-256 without salt or iterations is enough: 256 random bits cannot be guessed.
        var hash = HashOf(token);
        var now = clock.Now();

        return db.MailedTokens.Where(mailed =>
            mailed.Hash == hash
            && mailed.Purpose == purpose
            && mailed.ExpiresAt > now
            && !db.MailedTokens.Any(newer =>
                newer.UserId == mailed.UserId && newer.Purpose == purpose && newer.Id > mailed.Id));
    }

    /// <summary>The user with this address, if the token is theirs and valid. The token stays valid.</summary>
    public async Task<User?> FindUser(MailedTokenPurpose purpose, string email, string token, CancellationToken ct)
    {
        var user = await users.FindByEmailAsync(email);
        // An unknown address costs the same two queries, so the response time does not show it.
        var userId = user?.Id ?? Guid.Empty;

        return await Valid(purpose, token).AnyAsync(mailed => mailed.UserId == userId, ct) ? user : null;
    }

    /// <summary>Deletes the token. Of several concurrent calls, one succeeds.</summary>
    public async Task<bool> TryUse(Guid userId, MailedTokenPurpose purpose, string token, CancellationToken ct) =>
        await Valid(purpose, token).Where(mailed => mailed.UserId == userId).ExecuteDeleteAsync(ct) == 1;

    /// <summary>Deletes all tokens of the user.</summary>
    public Task DeleteAll(Guid userId, CancellationToken ct) =>
        db.MailedTokens.Where(mailed => mailed.UserId == userId).ExecuteDeleteAsync(ct);

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
