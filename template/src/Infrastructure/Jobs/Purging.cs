using System.Linq.Expressions;

namespace ProdReady.Infrastructure.Jobs;

internal static class Purging
{
    public static void AddPurging(this IServiceCollection services)
    {
        services.AddSingleton<JobFailures>();
        services.AddSingleton<JobRuns>();
        services.AddJobGauge();
        services.AddPeriodicJob<Purge>(TimeSpan.FromMinutes(10), (purge, ct) => purge.Run(ct));
    }

    /// <summary>Has the rows of a table deleted once they have expired.</summary>
    /// <param name="isExpired">Which rows, by the current time.</param>
    public static void AddPurge<TRow>(
        this IServiceCollection services,
        Func<IServiceProvider, DateTimeOffset, Expression<Func<TRow, bool>>> isExpired)
        where TRow : class =>
        services.AddSingleton(new PurgedTable((provider, now) =>
            provider.GetRequiredService<AppDbContext>().Set<TRow>().Where(isExpired(provider, now))));
}

internal sealed record PurgedTable(Func<IServiceProvider, DateTimeOffset, IQueryable<object>> ExpiredRows);

/// <summary>Deletes expired rows. Safe on several instances at once: each row is deleted once.</summary>
internal sealed class Purge(IEnumerable<PurgedTable> tables, IServiceScopeFactory scopes, TimeProvider clock)
{
    // Each batch is a statement of its own, so that its locks are held only briefly, however many rows have expired.
    private const int BatchSize = 1_000;

    /// <returns>The number of rows that were deleted.</returns>
    public async Task<int> Run(CancellationToken ct)
    {
        var total = 0;
        foreach (var table in tables)
        {
            int deleted;
            do
            {
                await using var scope = scopes.CreateAsyncScope();
                var expired = table.ExpiredRows(scope.ServiceProvider, clock.Now());
                deleted = await expired.Take(BatchSize).ExecuteDeleteAsync(ct);
                total += deleted;
            }
            while (deleted == BatchSize);
        }

        return total;
    }
}
