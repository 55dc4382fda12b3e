using Microsoft.Extensions.Caching.Memory;
using ProdReady.Application.Accounts.Sessions;

namespace ProdReady.Infrastructure.Accounts;

/// <summary>
/// Caches the result of the query for a few seconds, so that a busy session costs one query per period and not one per
/// request. Invalidate discards the results of queries that started before it.
/// </summary>
internal sealed class ActiveSessions(
    IServiceScopeFactory scopes, IOptions<SessionsOptions> options, TimeProvider clock) : IActiveSessions, IDisposable
{
    // Every instance refuses an ended session within 5 seconds; one of them is left for the query itself.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(4);

    // A few hundred bytes per entry. A full cache drops entries, which costs more queries.
    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = 200_000 });

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
        Set(key, new Result(isActive, queriedAt));

        return isActive;
    }

    public void Invalidate(Guid userId) => Set(new Invalidated(userId), clock.GetTimestamp());

    public void Dispose() => cache.Dispose();

    private bool IsCurrent(Result result, Guid userId) =>
        clock.GetElapsedTime(result.QueriedAt) < MaxAge
        && !(cache.TryGetValue(new Invalidated(userId), out long at) && result.QueriedAt <= at);

    private void Set(object key, object value) => cache.Set(
        key, value, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = 2 * MaxAge });

    private sealed record Key(Guid UserId, Guid SessionId);

    private sealed record Result(bool IsActive, long QueriedAt);

    private sealed record Invalidated(Guid UserId);
}
