using System.ComponentModel.DataAnnotations;
using System.Linq.Expressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.SignIn;

internal sealed class AccountLockoutOptions
{
    public const string Section = "Lockout";

    /// <summary>So many wrong passwords in a row, from whatever addresses, lock the account.</summary>
    [Range(3, 100)]
    public int MaxFailedAttempts { get; init; } = 10;

    /// <summary>For how long. A reset of the password opens it at once.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Checks a password, with the same work for every outcome: exactly one hash and one update. An answer that comes
/// sooner for unknown addresses, or for locked accounts, would tell which is which.
/// </summary>
internal sealed class PasswordCheck(
    IPasswordHasher<User> hasher,
    IAppDbContext db,
    IOptions<AccountLockoutOptions> options,
    SecurityEvents events,
    TimeProvider clock)
{
    /// <summary>
    /// Does the work if the password is correct and the account is open, in one transaction with that finding: nobody
    /// who changes the password, or locks the account, comes in between.
    /// </summary>
    /// <returns>Whether it did.</returns>
    public async Task<bool> WhenCorrect(User? user, string password, Func<Task> work, CancellationToken ct)
    {
        var now = clock.Now();
        var finding = Verify(user, password);
        if (user is null || finding == PasswordVerificationResult.Failed)
        {
            await CountFailure(user, now, ct);

            return false;
        }

        var hash = finding == PasswordVerificationResult.SuccessRehashNeeded
            ? hasher.HashPassword(user, password)
            : user.PasswordHash;

        return await db.InTransaction(
            async () =>
            {
                // Also decides a race with the tenth wrong guess, and with a change of the password: the stamp changes.
                var isOpen = await db.Users
                    .Where(IsOpen(now))
                    .Where(u => u.Id == user.Id && u.SecurityStamp == user.SecurityStamp)
                    .ExecuteUpdateAsync(
                        set => set
                            .SetProperty(u => u.PasswordHash, hash)
                            .SetProperty(u => u.AccessFailedCount, 0)
                            .SetProperty(u => u.LockoutEnd, (DateTimeOffset?)null),
                        ct) == 1;
                if (isOpen)
                {
                    await work();
                }
                else
                {
                    events.SignInFailed(user.Id, "the account is not confirmed, locked or disabled");
                }

                return isOpen;
            },
            ct);
    }

    private static Expression<Func<User, bool>> IsOpen(DateTimeOffset now) => user =>
        user.EmailConfirmed && user.DisabledAt == null && (user.LockoutEnd == null || user.LockoutEnd <= now);

    private PasswordVerificationResult Verify(User? user, string password)
    {
        if (user is not null)
        {
            return hasher.VerifyHashedPassword(user, user.PasswordHash!, password);
        }

        // As much work as verifying.
        hasher.HashPassword(User.Register("nobody", "", DateTimeOffset.UnixEpoch), password);

        return PasswordVerificationResult.Failed;
    }

    // One conditional update counts, however many guesses arrive at once and on however many instances. What is guessed
    // while the account is locked is not counted, and not answered either, so that a lock never gets longer.
    private async Task CountFailure(User? user, DateTimeOffset now, CancellationToken ct)
    {
        var id = user?.Id ?? Guid.Empty;
        var max = options.Value.MaxFailedAttempts;
        DateTimeOffset? lockedUntil = now + options.Value.Duration;
        DateTimeOffset? open = null;
        var isCounted = await db.Users
            .Where(u => u.Id == id && (u.LockoutEnd == null || u.LockoutEnd <= now))
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(u => u.LockoutEnd, u => u.AccessFailedCount + 1 >= max ? lockedUntil : open)
                    .SetProperty(
                        u => u.AccessFailedCount,
                        u => u.AccessFailedCount + 1 >= max ? 0 : u.AccessFailedCount + 1),
                ct) == 1;
        if (user is null)
        {
            return;
        }

        events.SignInFailed(user.Id, isCounted ? "wrong password" : "wrong password for a locked account");
        if (isCounted && await db.Users.AnyAsync(u => u.Id == id && u.LockoutEnd == lockedUntil, ct))
        {
            events.LockedOut(user.Id);
        }
    }
}
