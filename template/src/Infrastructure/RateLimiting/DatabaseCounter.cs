using System.Data.Common;
using ProdReady.Application.RateLimiting;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.RateLimiting;

/// <summary>One row for each key; the next window starts in the same row.</summary>
internal sealed class DatabaseCounter(IServiceScopeFactory scopes, ILogger<DatabaseCounter> logger) : ISharedCounter
{
    public async Task<int?> Increment(string key, DateTimeOffset windowEnd, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            db.Database.SetCommandTimeout(TimeoutOf(db));

            return await Increment(db, key, windowEnd.ToUnixTimeSeconds(), ct);
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
