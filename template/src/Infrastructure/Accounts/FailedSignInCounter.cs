using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ProdReady.Application.Accounts.SignIn;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Accounts;

internal sealed class FailedSignInCounter(
    AppDbContext db, IOptions<AccountLockoutOptions> options, TimeProvider clock) : IFailedSignInCounter
{
    // One atomic statement, in SQL that both databases understand. An attempt during a lockout does not extend it.
    public async Task<int> Add(byte[] key, int failures, CancellationToken ct)
    {
        var max = options.Value.MaxFailedAttempts;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var end = now + (long)options.Value.Duration.TotalMilliseconds;
        var counts = await db.Database.SqlQuery<int>($"""
            INSERT INTO failed_sign_ins AS failed (key, count, ends_at) VALUES ({key}, {failures}, {end})
            ON CONFLICT (key) DO UPDATE SET
                count = CASE
                    WHEN failed.ends_at <= {now} THEN excluded.count
                    WHEN failed.count >= {max} THEN {max} + 1
                    ELSE failed.count + excluded.count END,
                ends_at = CASE
                    WHEN failed.ends_at > {now} AND failed.count >= {max} THEN failed.ends_at
                    ELSE excluded.ends_at END
            RETURNING count
            """).ToListAsync(ct);

        return counts.Single();
    }
}

internal sealed class LockoutConfiguration :
    IEntityTypeConfiguration<FailedSignIns>, IEntityTypeConfiguration<KnownDevice>
{
    public void Configure(EntityTypeBuilder<FailedSignIns> failed)
    {
        failed.ToTable("failed_sign_ins");
        failed.HasKey(f => f.Key);
        // For the purge.
        failed.HasIndex(f => f.EndsAt);
    }

    public void Configure(EntityTypeBuilder<KnownDevice> device)
    {
        device.ToTable("known_devices");
        device.HasKey(d => d.Key);
        device.HasOne<User>().WithMany().HasForeignKey(d => d.UserId).OnDelete(DeleteBehavior.Cascade);
    }
}
