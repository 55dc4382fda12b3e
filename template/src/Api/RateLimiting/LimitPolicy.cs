using System.Collections.Concurrent;

namespace ProdReady.Api.RateLimiting;

/// <summary>
/// One limit, and its fixed window as this instance counts it. Each client has a limiter; all of them are dropped
/// together when the window ends.
/// </summary>
internal sealed class LimitPolicy(string name, LimitOptions options, int times = 1)
{
    /// <summary>
    /// 50,000 limiters take about 15 MB. One client more starts an empty window: without a bound, requests from many
    /// addresses would exhaust the memory.
    /// </summary>
    public const int MaxClients = 50_000;

    // No queue: a waiting request would hold a connection. No replenishment timer: a new window has new limiters.
    private readonly FixedWindowRateLimiterOptions perClient = new()
    {
        PermitLimit = options.PermitLimit * times,
        Window = options.Window,
        QueueLimit = 0,
        AutoReplenishment = false,
    };

    private Clients clients = new(DateTimeOffset.MinValue);

    public string Name => name;

    public int PermitLimit => perClient.PermitLimit;

    public TimeSpan Window => perClient.Window;

    /// <summary>Without Redis, all instances count in the database together, at the price of a write a call.</summary>
    public bool IsStrict { get; init; }

    public int ClientCount => clients.Count;

    /// <param name="amount">If it is more than what is left, it is allowed and takes the rest. 0 takes nothing.</param>
    /// <returns>How much the client has left in this window; -1 where nothing was left.</returns>
    public int Acquire(string client, DateTimeOffset windowEnd, int amount = 1)
    {
        var limiter = ClientsIn(windowEnd).LimiterOf(client, perClient);
        var rest = (int)limiter.GetStatistics()!.CurrentAvailablePermits;
        using var lease = limiter.AttemptAcquire(Math.Min(amount, Math.Max(1, rest)));

        return lease.IsAcquired ? (int)limiter.GetStatistics()!.CurrentAvailablePermits : -1;
    }

    // A request that is a moment late, with the end of the previous window, is counted in the current one.
    private Clients ClientsIn(DateTimeOffset windowEnd)
    {
        var current = Volatile.Read(ref clients);
        if (current.WindowEnd >= windowEnd && current.Count < MaxClients)
        {
            return current;
        }

        var next = new Clients(windowEnd);

        return Interlocked.CompareExchange(ref clients, next, current) == current ? next : Volatile.Read(ref clients);
    }

    private sealed class Clients(DateTimeOffset windowEnd)
    {
        private readonly ConcurrentDictionary<string, RateLimiter> limiters = new();
        private int count;

        public DateTimeOffset WindowEnd => windowEnd;

        // ConcurrentDictionary.Count would take all of its locks on each request.
        public int Count => count;

        public RateLimiter LimiterOf(string client, FixedWindowRateLimiterOptions options) =>
            limiters.GetOrAdd(client, _ =>
            {
                Interlocked.Increment(ref count);

                return new FixedWindowRateLimiter(options);
            });
    }
}
