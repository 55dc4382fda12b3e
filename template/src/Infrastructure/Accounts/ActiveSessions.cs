using Microsoft.Extensions.Caching.Memory;
using ProdReady.Application.Accounts.Sessions;

namespace ProdReady.Infrastructure.Accounts;

/// <summary>
/// Caches the result of the query for a few seconds, so that a busy session costs one query per period and not one per
/// request. Invalidate discards the results of queries that started before it.
/// </summary>
internal sealed class ActiveSessions(
    IServiceScopeFactory scopes, IOptions<SessionsOptions> options, TimeProvider clock, int capacity = 200_000)
    : IActiveSessions, IDisposable
{
    // Every instance refuses an ended session within 5 seconds; one of them is left for the query itself.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(4);

    // A few hundred bytes per entry. A full cache drops results, which costs more queries.
    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = capacity });

    public async Task<bool> IsActive(Guid userId, Guid sessionId, CancellationToken ct)
    {
        var key = new Key(userId, sessionId);
        if (cache.TryGetValue(key, out Result? cached) && IsCurrent(cached!, userId))
        {
            return cached!.IsActive;
        }

        // Taken before the query: a session may be ended while the query runs.
        var queriedAt = clock.GetTimestamp();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IAppDbContext>();
        var isActive = await db.ActiveSessions(options.Value, clock.Now())
            .AnyAsync(session => session.Id == sessionId && session.UserId == userId, ct);
        Set(key, new Result(isActive, queriedAt), size: 1, CacheItemPriority.Normal);

        return isActive;
    }

    // Without a size, so that a full cache takes it, and keeps it: a dropped one would leave ended sessions active.
    public void Invalidate(Guid userId) =>
        Set(new Invalidated(userId), clock.GetTimestamp(), size: 0, CacheItemPriority.NeverRemove);

    public void Dispose() => cache.Dispose();

    private bool IsCurrent(Result result, Guid userId) =>
        clock.GetElapsedTime(result.QueriedAt) < MaxAge
        && !(cache.TryGetValue(new Invalidated(userId), out long at) && result.QueriedAt <= at);

    private void Set(object key, object value, int size, CacheItemPriority priority) => cache.Set(key, value,
        new MemoryCacheEntryOptions { Size = size, Priority = priority, AbsoluteExpirationRelativeToNow = 2 * MaxAge });

    private sealed record Key(Guid UserId, Guid SessionId);

    private sealed record Result(bool IsActive, long QueriedAt);

    private sealed record Invalidated(Guid UserId);
}
