using Microsoft.Extensions.Options;
using ProdReady.Application.RateLimiting;
using StackExchange.Redis;

namespace ProdReady.Infrastructure.RateLimiting;

/// <summary>
/// A key for each window. While Redis is away requests lose no time: after a few failures only one call a second finds
/// out whether it is back, and the log says so once at the beginning and once at the end.
/// </summary>
internal sealed class RedisCounter : IQuickCounter, IDisposable
{
    // One slow answer is a hiccup, three in a row are an outage.
    private const int MaxFailures = 3;

    // One step, so that no instance that dies in between leaves a key that never ends. It ends a minute after its
    // window, because clocks differ.
    private const string Script = """
        local count = redis.call('INCR', KEYS[1])
        if count == 1 then
            redis.call('PEXPIREAT', KEYS[1], ARGV[1] + 60000)
        end
        return count
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConnectionMultiplexer? redis;
    private readonly TimeSpan patience;
    private readonly TimeProvider clock;
    private readonly ILogger<RedisCounter> logger;

    private int failures;
    private long triedAt;

    public RedisCounter(IOptions<RedisOptions> options, TimeProvider clock, ILogger<RedisCounter> logger)
    {
        this.clock = clock;
        this.logger = logger;
        if (options.Value.Configuration() is not { } configuration)
        {
            return;
        }

        patience = TimeSpan.FromMilliseconds(configuration.AsyncTimeout);
        redis = ConnectionMultiplexer.Connect(configuration);
        if (!redis.IsConnected)
        {
            failures = MaxFailures;
            SayItIsAway("There is no connection.");
        }
    }

    public async Task<int?> Increment(string key, DateTimeOffset windowEnd, CancellationToken ct)
    {
        if (redis is null || !IsWorthATry())
        {
            return null;
        }

        var counting = Count($"{key} {windowEnd.ToUnixTimeSeconds()}", windowEnd);
        try
        {
            var count = await counting.WaitAsync(patience, clock, ct);
            if (Interlocked.Exchange(ref failures, 0) >= MaxFailures)
            {
                logger.LogInformation("Redis is back, and all instances count limits together again");
            }

            return count;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Whatever becomes of a call that nobody waits for, nobody wants to know.
            _ = counting.ContinueWith(late => late.Exception, TaskScheduler.Default);
            Volatile.Write(ref triedAt, clock.GetTimestamp());
            if (Interlocked.Increment(ref failures) == MaxFailures)
            {
                SayItIsAway(exception.Message);
            }

            return null;
        }
    }

    public void Dispose() => redis?.Dispose();

    private async Task<int?> Count(string key, DateTimeOffset windowEnd) =>
        (int)await redis!.GetDatabase().ScriptEvaluateAsync(
            Script, [$"limit {key}"], [windowEnd.ToUnixTimeMilliseconds()]);

    private bool IsWorthATry()
    {
        var last = Volatile.Read(ref triedAt);

        return Volatile.Read(ref failures) < MaxFailures
            || (clock.GetElapsedTime(last) > Pause
                && Interlocked.CompareExchange(ref triedAt, clock.GetTimestamp(), last) == last);
    }

    private void SayItIsAway(string reason) => logger.LogWarning(
        "Redis is away, and each instance counts limits for itself: {Reason}", reason);
}
