using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ProdReady.Application.RateLimiting;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.RateLimiting;

/// <summary>One row for each key; a new window begins where the old one ended, in the same row.</summary>
internal sealed class SharedCounter(IServiceScopeFactory scopes, ILogger<SharedCounter> logger) : ISharedCounter
{
    public async Task<int?> Increment(string key, DateTimeOffset windowEnd, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            db.Database.SetCommandTimeout(PatienceOf(db));

            return await Increment(db, key, windowEnd.ToUnixTimeSeconds(), ct);
        }
        catch (Exception exception) when ((exception as DbException ?? exception.InnerException) is DbException reason)
        {
            // A database that is away is no reason to say more than the endpoint itself will say.
            logger.LogWarning("Not counted together with the other instances: {Reason}", reason.Message);

            return null;
        }
    }

    // A third of what other commands have: the endpoint will want some time as well to find that the database is silent.
    private static int PatienceOf(AppDbContext db)
    {
        using var command = db.Database.GetDbConnection().CreateCommand();

        return Math.Max(1, command.CommandTimeout / 3);
    }

    // One statement, in words that both databases know. An instance whose clock is behind counts in the window that the
    // others have begun.
    private static async Task<int> Increment(AppDbContext db, string key, long end, CancellationToken ct)
    {
        var counts = await db.Database.SqlQuery<int>($"""
            INSERT INTO rate_counters AS counter (key, window_end, count) VALUES ({key}, {end}, 1)
            ON CONFLICT (key) DO UPDATE SET
                count = CASE WHEN excluded.window_end > counter.window_end THEN 1 ELSE counter.count + 1 END,
                window_end = CASE
                    WHEN excluded.window_end > counter.window_end THEN excluded.window_end
                    ELSE counter.window_end END
            RETURNING count
            """).ToListAsync(ct);

        return counts.Single();
    }
}

internal sealed class RateCounter
{
    public const int MaxKeyLength = 100;

    public string Key { get; private set; } = "";

    /// <summary>Unix seconds.</summary>
    public long WindowEnd { get; private set; }

    public int Count { get; private set; }
}

internal sealed class RateCounterConfiguration : IEntityTypeConfiguration<RateCounter>
{
    public void Configure(EntityTypeBuilder<RateCounter> counter)
    {
        counter.ToTable("rate_counters");

        counter.HasKey(c => c.Key);
        counter.Property(c => c.Key).HasMaxLength(RateCounter.MaxKeyLength);

        // What the purge looks for.
        counter.HasIndex(c => c.WindowEnd);
    }
}
