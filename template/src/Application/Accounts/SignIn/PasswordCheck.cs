using Microsoft.AspNetCore.Identity;

namespace ProdReady.Application.Accounts.SignIn;

internal sealed class AccountLockoutOptions
{
    public const string Section = "Lockout";

    /// <summary>This many wrong passwords in a row, from any IP addresses, lock the account.</summary>
    [Range(3, 100)]
    public int MaxFailedAttempts { get; init; } = 10;

    /// <summary>The lockout ends after this time, or with a password reset.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Verifies a password with one hash and one UPDATE for every outcome. Less work for an unknown address or a locked
/// account would show in the response time.
/// </summary>
internal sealed class PasswordCheck(
    IPasswordHasher<User> hasher,
    IAppDbContext db,
    IOptions<AccountLockoutOptions> options,
    SecurityEvents events,
    TimeProvider clock)
{
    /// <summary>For a signed-in user: runs the work, or refuses the member of the request with status 400.</summary>
    public async Task Require(
        Guid userId, string property, string password, Func<User, Task> work, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == userId, ct);
        if (!await WhenCorrect(user, password, work, ct))
        {
            throw new InvalidInputException(property, "Is not your password.");
        }
    }

    /// <summary>
    /// Runs the work if the password is correct and the account is confirmed, not locked and not disabled. Check and
    /// work are one transaction, and the UPDATE locks the user's row: a concurrent lockout or password change waits.
    /// </summary>
    /// <returns>Whether the work was run.</returns>
    public async Task<bool> WhenCorrect(User? user, string password, Func<User, Task> work, CancellationToken ct)
    {
        var now = clock.Now();
        var result = Verify(user, password);
        if (user is null || result == PasswordVerificationResult.Failed)
        {
            await CountFailure(user, now, ct);

            return false;
        }

        var hash = result == PasswordVerificationResult.SuccessRehashNeeded
            ? hasher.HashPassword(user, password)
            : user.PasswordHash;

        return await db.InTransaction(
            async () =>
            {
                // The security stamp changes with the password, so a password changed since Verify matches no row.
                var isOpen = await db.Users
                    .Where(u => u.Id == user.Id && u.SecurityStamp == user.SecurityStamp)
                    .Where(u => u.EmailConfirmed && u.DisabledAt == null)
                    .Where(u => u.LockoutEnd == null || u.LockoutEnd <= now)
                    .ExecuteUpdateAsync(
                        set => set
                            .SetProperty(u => u.PasswordHash, hash)
                            .SetProperty(u => u.AccessFailedCount, 0)
                            .SetProperty(u => u.LockoutEnd, (DateTimeOffset?)null),
                        ct) == 1;
                if (isOpen)
                {
                    await work(user);
                }
                else
                {
                    events.SignInFailed(user.Id, "the account is not confirmed, locked or disabled");
                }

                return isOpen;
            },
            ct);
    }

    private PasswordVerificationResult Verify(User? user, string password)
    {
        if (user is not null)
        {
            return hasher.VerifyHashedPassword(user, user.PasswordHash!, password);
        }

        // Hashing takes as long as verifying.
        hasher.HashPassword(User.Register("", "", DateTimeOffset.UnixEpoch), password);

        return PasswordVerificationResult.Failed;
    }

    // One conditional UPDATE, so concurrent guesses on several instances are all counted. A guess during a lockout is
    // not counted: it would extend the lockout.
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
