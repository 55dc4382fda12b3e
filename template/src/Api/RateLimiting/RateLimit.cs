using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace ProdReady.Api.RateLimiting;

/// <summary>
/// One limit: so many calls in a window for each client, as far as this instance has seen them. Each client has a
/// limiter of its own, and all of them are dropped together when the window ends.
/// </summary>
internal sealed class RateLimit(string name, int permitLimit, TimeSpan window)
{
    /// <summary>
    /// The limiters of so many clients take some 15 MB. One client more, and all begin anew: unbounded, they would
    /// fill the memory from many addresses, and whoever has that many gains little by being forgotten.
    /// </summary>
    public const int MaxClients = 50_000;

    // There is no queue: who waits in one holds a connection. Nor a timer: what is full again is what is made anew.
    private readonly FixedWindowRateLimiterOptions perClient = new()
    {
        PermitLimit = permitLimit,
        Window = window,
        QueueLimit = 0,
        AutoReplenishment = false,
    };

    private Clients clients = new(DateTimeOffset.MinValue);

    public string Name => name;

    public int PermitLimit => permitLimit;

    public TimeSpan Window => window;

    /// <summary>Holds for all instances together, even where each call costs a write to the database.</summary>
    public bool IsStrict { get; init; }

    public int ClientCount => clients.Count;

    /// <returns>How many calls the client has left in this window; -1 where this one was too many.</returns>
    public int Take(string client, DateTimeOffset windowEnd)
    {
        var limiter = ClientsIn(windowEnd).LimiterOf(client, perClient);
        using var lease = limiter.AttemptAcquire();

        return lease.IsAcquired ? (int)limiter.GetStatistics()!.CurrentAvailablePermits : -1;
    }

    // Who comes late, out of a window that is over, is counted in the one that has begun.
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

        // Counted here, since the dictionary would stop everybody to count.
        public int Count => count;

        public RateLimiter LimiterOf(string client, FixedWindowRateLimiterOptions options) =>
            limiters.GetOrAdd(client, _ =>
            {
                Interlocked.Increment(ref count);

                return new FixedWindowRateLimiter(options);
            });
    }
}
