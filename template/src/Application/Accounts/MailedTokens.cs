using System.Buffers.Text;

namespace ProdReady.Application.Accounts;

/// <summary>
/// The tokens in emailed links: 32 random bytes, bound to a user and a purpose, with an expiry. A use case issues or
/// deletes them while it holds the lock of the user's row. Otherwise a link that is requested during a change of
/// address or password would outlive the change.
/// </summary>
internal sealed class MailedTokens(
    UserManager<User> users, IAppDbContext db, IOptions<AccountsOptions> options, TimeProvider clock)
{
    private const int Size = 32;

    public TimeSpan LifetimeOf(MailedTokenPurpose purpose) => purpose == MailedTokenPurpose.ResetPassword
        ? options.Value.ResetTokenLifetime
        : options.Value.ConfirmationTokenLifetime;

    /// <summary>
    /// Locks the row of the user with this address until the transaction ends, and reads it. An unknown address costs
    /// the same two statements, so the response time does not show it.
    /// </summary>
    public async Task<User?> LockUser(string email, CancellationToken ct)
    {
        var address = users.NormalizeEmail(email);
        var isLocked = await db.Users.Where(user => user.NormalizedEmail == address).Lock(ct);
        var user = await db.Users.SingleOrDefaultAsync(user => user.NormalizedEmail == address, ct);

        return isLocked ? user : null;
    }

    /// <summary>Adds a new token to the context; the use case saves it.</summary>
    public (string Token, DateTimeOffset ExpiresAt) Issue(
        User user, MailedTokenPurpose purpose, string? newEmail = null, string? passwordHash = null)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));
        var now = clock.Now();
        var row = new MailedToken
        {
            UserId = user.Id,
            Purpose = purpose,
            Hash = HashOf(token),
            NewEmail = newEmail,
            PasswordHash = passwordHash,
            ExpiresAt = now + LifetimeOf(purpose),
        };
        db.MailedTokens.Add(row);
        user.RecordLink(now);

        return (token, row.ExpiresAt);
    }

    /// <summary>The row of the token, if it is valid for the purpose.</summary>
    public IQueryable<MailedToken> Valid(MailedTokenPurpose purpose, string token)
    {
        // SHA-256 without salt or iterations is enough: 256 random bits cannot be guessed.
        var hash = HashOf(token);
        var now = clock.Now();

        return db.MailedTokens.Where(mailed =>
            mailed.Hash == hash && mailed.Purpose == purpose && mailed.ExpiresAt > now);
    }

    /// <summary>The user's valid tokens for the purpose.</summary>
    public IQueryable<MailedToken> Valid(Guid userId, MailedTokenPurpose purpose)
    {
        var now = clock.Now();

        return db.MailedTokens.Where(mailed =>
            mailed.UserId == userId && mailed.Purpose == purpose && mailed.ExpiresAt > now);
    }

    /// <summary>
    /// The user with this address, if the token is theirs and valid. Takes no lock, so that requests with a wrong token
    /// do not delay those of the user: the use case checks the token again under the lock.
    /// </summary>
    public async Task<User?> FindUser(MailedTokenPurpose purpose, string email, string token, CancellationToken ct)
    {
        var address = users.NormalizeEmail(email);
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.NormalizedEmail == address, ct);
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
