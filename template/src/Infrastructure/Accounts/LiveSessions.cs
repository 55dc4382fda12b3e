using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using ProdReady.Application;
using ProdReady.Application.Accounts.Sessions;

namespace ProdReady.Infrastructure.Accounts;

/// <summary>
/// Asks the database, and remembers the answer for seconds: one query for each busy session now and then, and not one
/// for each request. What was asked before sessions of a user were ended here is not believed any more.
/// </summary>
internal sealed class LiveSessions(
    IServiceScopeFactory scopes, IOptions<SessionsOptions> options, TimeProvider clock) : ILiveSessions, IDisposable
{
    // An ended session is dead within 5 seconds on every instance; one of them is for the query itself.
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(4);

    // Of some hundred bytes each. Where there are more, the database is asked more often.
    private readonly MemoryCache memory = new(new MemoryCacheOptions { SizeLimit = 200_000 });

    public async Task<bool> IsAlive(Guid userId, Guid sessionId, CancellationToken ct)
    {
        var key = new Asked(userId, sessionId);
        if (memory.TryGetValue(key, out Answer? known) && IsBelieved(known!, userId))
        {
            return known!.IsAlive;
        }

        // Taken before the query: what is ended while it runs makes its answer worthless.
        var askedAt = clock.GetTimestamp();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IAppDbContext>();
        var isAlive = await db.Alive(options.Value, clock.Now())
            .AnyAsync(session => session.Id == sessionId && session.UserId == userId, ct);
        Remember(key, new Answer(isAlive, askedAt));

        return isAlive;
    }

    public void Forget(Guid userId) => Remember(new Ended(userId), clock.GetTimestamp());

    public void Dispose() => memory.Dispose();

    private bool IsBelieved(Answer answer, Guid userId) =>
        clock.GetElapsedTime(answer.AskedAt) < Trust
        && !(memory.TryGetValue(new Ended(userId), out long endedAt) && answer.AskedAt <= endedAt);

    private void Remember(object key, object value) => memory.Set(
        key, value, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = 2 * Trust });

    private sealed record Asked(Guid UserId, Guid SessionId);

    private sealed record Answer(bool IsAlive, long AskedAt);

    private sealed record Ended(Guid UserId);
}
