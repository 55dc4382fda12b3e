namespace ProdReady.Application.Accounts.SignIn;

internal sealed class AccountLockoutOptions
{
    public const string Section = "Lockout";

    /// <summary>
    /// This many wrong passwords in a row lock the account: for one known device, or for all unknown devices together.
    /// </summary>
    [Range(3, 100)]
    public int MaxFailedAttempts { get; init; } = 10;

    /// <summary>
    /// The lockout ends after this time, or with a password reset. The count starts again if no wrong password follows
    /// for this time.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Counts wrong passwords. An attacker can lock out unknown devices only: the owner gets in with a device that signed
/// in before, or after a password reset.
/// </summary>
internal sealed class Lockouts(IAppDbContext db, IOptions<AccountLockoutOptions> options, TimeProvider clock)
{
    public const int MaxDevicesPerUser = 50;

    private static readonly TimeSpan DeviceLifetime = TimeSpan.FromDays(90);

    /// <summary>The key of the count that an attempt belongs to.</summary>
    /// <param name="account">The id of the account, or an unknown address.</param>
    public async Task<byte[]> KeyOf(string account, Device device, CancellationToken ct)
    {
        var (key, now) = (Hash(account, device), clock.Now());
        var isKnown = await db.Set<KnownDevice>().AnyAsync(known => known.Key == key && known.ExpiresAt > now, ct);

        return isKnown ? key : Hash(account);
    }

    /// <summary>
    /// Counts an attempt, and locks the row until the transaction ends. One atomic statement, with the same write for
    /// every outcome, in SQL that both databases understand. An attempt during a lockout does not extend it.
    /// </summary>
    /// <returns>The number of wrong passwords: above the maximum if the key was locked before this attempt.</returns>
    public async Task<int> Count(byte[] key, bool isWrong, CancellationToken ct)
    {
        var (max, failures) = (options.Value.MaxFailedAttempts, isWrong ? 1 : 0);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var end = now + (long)options.Value.Duration.TotalMilliseconds;
        var rows = await db.Set<FailedSignIns>().FromSql($"""
            INSERT INTO failed_sign_ins AS failed (key, count, ends_at) VALUES ({key}, {failures}, {end})
            ON CONFLICT (key) DO UPDATE SET
                count = CASE
                    WHEN failed.ends_at <= {now} THEN excluded.count
                    WHEN failed.count >= {max} THEN {max} + 1
                    ELSE failed.count + excluded.count END,
                ends_at = CASE
                    WHEN failed.ends_at > {now} AND failed.count >= {max} THEN failed.ends_at
                    ELSE excluded.ends_at END
            RETURNING key, count, ends_at
            """).AsNoTracking().ToListAsync(ct);

        return rows.Single().Count;
    }

    public Task End(byte[] key, CancellationToken ct) =>
        db.Set<FailedSignIns>().Where(failed => failed.Key == key).ExecuteDeleteAsync(ct);

    /// <summary>For a new password: ends all lockouts of the account, and the device becomes known.</summary>
    public async Task EndAll(Guid userId, Device device, CancellationToken ct)
    {
        var key = Hash($"{userId}");
        var devices = db.Set<KnownDevice>().Where(known => known.UserId == userId).Select(known => known.Key);
        await db.Set<FailedSignIns>()
            .Where(failed => failed.Key == key || devices.Contains(failed.Key))
            .ExecuteDeleteAsync(ct);
        await Remember(userId, device, ct);
    }

    /// <summary>The device becomes known, or stays so. The caller has locked the user's row.</summary>
    public async Task Remember(Guid userId, Device device, CancellationToken ct)
    {
        var key = Hash($"{userId}", device);
        var devices = db.Set<KnownDevice>().Where(known => known.UserId == userId);
        await devices.Where(known => known.Key == key).ExecuteDeleteAsync(ct);
        await devices.OrderByDescending(known => known.ExpiresAt).Skip(MaxDevicesPerUser - 1).ExecuteDeleteAsync(ct);

        db.Set<KnownDevice>().Add(
            new KnownDevice { Key = key, UserId = userId, ExpiresAt = clock.Now() + DeviceLifetime });
        await db.SaveChangesAsync(ct);
    }

    private static byte[] Hash(string account, Device? device = null) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{account}\n{device?.Network}\n{device?.UserAgent}"));
}
