namespace ProdReady.Application.Accounts.SignIn;

/// <summary>
/// Verifies a password with one hash, the same statements and one commit for every outcome that fails. Less work for
/// an unknown address or a locked account would show in the response time.
/// </summary>
internal sealed class PasswordCheck(
    IPasswordHasher<User> hasher,
    PasswordQueue queue,
    IAppDbContext db,
    Lockouts lockouts,
    IOptions<AccountLockoutOptions> options,
    SecurityEvents events)
{
    /// <summary>For a signed-in user: runs the work, or refuses the member of the request with status 400.</summary>
    public async Task<User> Require(
        Guid userId, string property, string password, Device device, Func<User, Task> work, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == userId, ct);

        return await WhenCorrect(user, "", password, device, work, ct)
            ? user!
            : throw new InvalidInputException(property, "Is not your password.");
    }

    /// <summary>
    /// Runs the work if the password is correct and the account is confirmed, not locked and not disabled. Check and
    /// work are one transaction, in which a concurrent lockout or password change waits.
    /// </summary>
    /// <returns>Whether the work was run.</returns>
    public async Task<bool> WhenCorrect(
        User? user, string email, string password, Device device, Func<User, Task> work, CancellationToken ct)
    {
        var key = await lockouts.KeyOf(user?.Id.ToString() ?? email, device, ct);
        var result = await queue.Run(() => Verify(user, password), ct);
        var isCorrect = result != PasswordVerificationResult.Failed;

        var (count, isOpen) = await db.InTransaction(
            async () =>
            {
                var count = await lockouts.Count(key, !isCorrect, ct);

                // No user has the empty id: the same UPDATE for an attempt that is already refused.
                var id = isCorrect && count <= options.Value.MaxFailedAttempts ? user!.Id : Guid.Empty;
                var isOpen = await TryLock(id, user?.SecurityStamp ?? "", ct);
                if (isOpen)
                {
                    await lockouts.End(key, ct);
                    await work(user!);
                }

                return (count, isOpen);
            },
            ct);
        if (!isOpen)
        {
            Report(user, email, isCorrect, count);
        }
        else if (result == PasswordVerificationResult.SuccessRehashNeeded)
        {
            // Not before the outcome is known: a second hash would show that the password is correct.
            await TryRehash(user!, password, ct);
        }

        return isOpen;
    }

    // The security stamp changes with the password, so a password changed since Verify matches no row.
    private async Task<bool> TryLock(Guid id, string stamp, CancellationToken ct) =>
        await db.Users
            .Where(u => u.Id == id && u.SecurityStamp == stamp && u.EmailConfirmed && u.DisabledAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.CreatedAt, u => u.CreatedAt), ct) == 1;

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

    private async Task TryRehash(User user, string password, CancellationToken ct)
    {
        try
        {
            var hash = await queue.Run(() => hasher.HashPassword(user, password), ct);
            await db.Users
                .Where(u => u.Id == user.Id && u.SecurityStamp == user.SecurityStamp)
                .ExecuteUpdateAsync(set => set.SetProperty(u => u.PasswordHash, hash), ct);
        }
        catch (UnavailableException)
        {
            // The queue is full. The work is committed, so the call succeeds; the next sign-in tries again.
        }
    }

    private void Report(User? user, string email, bool isCorrect, int count)
    {
        if (user is null)
        {
            events.SignInFailed(email);
            return;
        }

        var max = options.Value.MaxFailedAttempts;
        events.SignInFailed(
            user.Id,
            isCorrect ? "the account is not confirmed, locked or disabled"
                : count > max ? "wrong password for a locked account"
                : "wrong password");
        if (count == max)
        {
            events.LockedOut(user.Id);
        }
    }
}
