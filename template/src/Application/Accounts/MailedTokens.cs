using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts;

/// <summary>
/// The tokens in mailed links: 32 random bytes each, bound to a user and a purpose, good for a while. Of several for the
/// same purpose the newest one is good.
/// </summary>
internal sealed class MailedTokens(IAppDbContext db, IOptions<AccountsOptions> options, TimeProvider clock)
{
    private const int Size = 32;

    public TimeSpan LifetimeOf(MailedTokenPurpose purpose) => purpose == MailedTokenPurpose.ResetPassword
        ? options.Value.ResetTokenLifetime
        : options.Value.ConfirmationTokenLifetime;

    /// <summary>A new one, which counts once the use case has saved.</summary>
    public (string Token, DateTimeOffset ExpiresAt) Issue(
        User user, MailedTokenPurpose purpose, string? newEmail = null)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));
        var now = clock.Now();
        var expiresAt = now + LifetimeOf(purpose);
        db.MailedTokens.Add(MailedToken.For(user, purpose, HashOf(token), newEmail, now, expiresAt));

        return (token, expiresAt);
    }

    /// <summary>The token that was mailed, if it is good for this.</summary>
    public IQueryable<MailedToken> Good(MailedTokenPurpose purpose, string token)
    {
        // A fast hash will do: there is nothing to guess in random bytes.
        var hash = HashOf(token);
        var now = clock.Now();

        return db.MailedTokens.Where(mailed =>
            mailed.Hash == hash
            && mailed.Purpose == purpose
            && mailed.ExpiresAt > now
            && !db.MailedTokens.Any(newer =>
                newer.UserId == mailed.UserId && newer.Purpose == purpose && newer.Id > mailed.Id));
    }

    /// <summary>Uses the token up. Of several at the same moment one succeeds.</summary>
    public async Task<bool> TryUse(Guid userId, MailedTokenPurpose purpose, string token, CancellationToken ct) =>
        await Good(purpose, token).Where(mailed => mailed.UserId == userId).ExecuteDeleteAsync(ct) == 1;

    /// <summary>Ends everything that was mailed to the user.</summary>
    public Task EndAll(Guid userId, CancellationToken ct) =>
        db.MailedTokens.Where(mailed => mailed.UserId == userId).ExecuteDeleteAsync(ct);

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
