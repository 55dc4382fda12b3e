using System.Data.Common;
using ProdReady.Application.RateLimiting;

namespace ProdReady.Infrastructure.RateLimiting;

internal static class RateCounters
{
    public static void AddRateCounters(this IServiceCollection services)
    {
        services.AddSingleton<ISharedCounter, DatabaseCounter>();
        services.AddRedis();
        services.AddPurge<RateCounter>((_, now) => counter => counter.WindowEnd < now.ToUnixTimeSeconds());
    }
}

/// <summary>One row for each key; the next window starts in the same row.</summary>
internal sealed class DatabaseCounter(IServiceScopeFactory scopes, ILogger<DatabaseCounter> logger) : ISharedCounter
{
    public async Task<int?> Add(string key, int amount, DateTimeOffset windowEnd, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            db.Database.SetCommandTimeout(TimeoutOf(db));

            return await Add(db, key, amount, windowEnd.ToUnixTimeSeconds(), ct);
        }
        catch (Exception exception) when ((exception as DbException ?? exception.InnerException) is DbException reason)
        {
            // No exception to the caller: the endpoint itself answers 503 where it needs the database.
            logger.LogWarning("Database counter failed: {Reason}", reason.Message);

            return null;
        }
    }

    // A third of the command timeout, because the endpoint needs the rest to find that the database does not respond.
    private static int TimeoutOf(AppDbContext db)
    {
        using var command = db.Database.GetDbConnection().CreateCommand();

        return Math.Max(1, command.CommandTimeout / 3);
    }

    // One atomic statement, in SQL that both databases understand. An instance whose clock is late counts in the
    // window that other instances have started.
    private static async Task<int> Add(AppDbContext db, string key, int amount, long end, CancellationToken ct)
    {
        var counts = await db.Database.SqlQuery<int>($"""
            INSERT INTO rate_counters AS counter (key, window_end, count) VALUES ({key}, {end}, {amount})
            ON CONFLICT (key) DO UPDATE SET
                count = excluded.count
                    + CASE WHEN excluded.window_end > counter.window_end THEN 0 ELSE counter.count END,
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
        counter.Property(c => c.Key).HasMaxLength(100);

        // For the purge.
        counter.HasIndex(c => c.WindowEnd);
    }
}
