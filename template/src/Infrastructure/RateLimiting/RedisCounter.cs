using Polly;
using Polly.CircuitBreaker;
using ProdReady.Application.RateLimiting;
using StackExchange.Redis;

namespace ProdReady.Infrastructure.RateLimiting;

/// <summary>
/// One Redis key for each key and window. While Redis is unavailable a circuit breaker answers null at once; one call a
/// second probes it. The log says once that it is unavailable, and once that it is available again.
/// </summary>
internal sealed class RedisCounter : ISharedCounter, IDisposable
{
    // A script is atomic: an instance that stops between the two commands cannot leave a key that never expires. A key
    // expires a minute after its window, because the clocks of instances differ.
    private const string Script = """
        local count = redis.call('INCR', KEYS[1])
        if count == 1 then
            redis.call('PEXPIREAT', KEYS[1], ARGV[1] + 60000)
        end
        return count
        """;

    private readonly ConnectionMultiplexer? redis;
    private readonly TimeSpan timeout;
    private readonly CircuitBreakerStateProvider state = new();
    private readonly ResiliencePipeline circuitBreaker;
    private readonly ILogger<RedisCounter> logger;

    private bool isAvailable = true;

    public RedisCounter(IOptions<RedisOptions> options, TimeProvider clock, ILogger<RedisCounter> logger)
    {
        this.logger = logger;
        circuitBreaker = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                // One slow call opens nothing; two of three to five calls do.
                FailureRatio = 0.4,
                MinimumThroughput = 3,
                SamplingDuration = TimeSpan.FromSeconds(5),
                BreakDuration = TimeSpan.FromSeconds(1),
                StateProvider = state,
                OnOpened = opened =>
                {
                    LogUnavailable(opened.Outcome.Exception?.Message);

                    return ValueTask.CompletedTask;
                },
            })
            .Build();

        if (options.Value.Configuration() is { } configuration)
        {
            timeout = TimeSpan.FromMilliseconds(configuration.AsyncTimeout);
            redis = ConnectionMultiplexer.Connect(configuration);
            if (!redis.IsConnected)
            {
                LogUnavailable("no connection at start");
            }
        }
    }

    public async Task<int?> Increment(string key, DateTimeOffset windowEnd, CancellationToken ct)
    {
        if (redis is null)
        {
            return null;
        }

        try
        {
            // Without the request's token: a client that disconnects during the probe would close the circuit.
            var count = await circuitBreaker.ExecuteAsync(
                async _ => await Count(redis, key, windowEnd), CancellationToken.None);
            if (state.CircuitState == CircuitState.Closed && !Interlocked.Exchange(ref isAvailable, true))
            {
                logger.LogInformation("Redis is available; limits are counted for all instances together");
            }

            return count;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or BrokenCircuitException)
        {
            return null;
        }
    }

    public void Dispose() => redis?.Dispose();

    private async Task<int> Count(ConnectionMultiplexer connection, string key, DateTimeOffset windowEnd)
    {
        var counting = connection.GetDatabase().ScriptEvaluateAsync(
            Script,
            [$"limit {key} {windowEnd.ToUnixTimeSeconds()}"],
            [windowEnd.ToUnixTimeMilliseconds()]);

        // The client itself looks for timeouts only once a second. What fails after that is observed, or it would be
        // reported as an unobserved exception.
        _ = counting.ContinueWith(late => late.Exception, TaskScheduler.Default);

        return (int)await counting.WaitAsync(timeout);
    }

    private void LogUnavailable(string? reason)
    {
        if (Interlocked.Exchange(ref isAvailable, false))
        {
            logger.LogWarning("Redis is unavailable; each instance counts limits for itself: {Reason}", reason);
        }
    }
}
