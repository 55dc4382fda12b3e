using System.Net;
using Polly;
using Polly.CircuitBreaker;
using ProdReady.Application.RateLimiting;
using StackExchange.Redis;

namespace ProdReady.Infrastructure.RateLimiting;

internal static class Redis
{
    public static void AddRedis(this IServiceCollection services)
    {
        services.AddSettings<RedisOptions>(RedisOptions.Section);
        services.AddKeyedSingleton<ISharedCounter, RedisCounter>(ISharedCounter.Fast);
    }
}

internal sealed class RedisOptions : IValidatableObject
{
    public const string Section = "ConnectionStrings";

    // Milliseconds. Redis is optional, so a request does not wait long for it. A firewall often stops the look-up of
    // revoked certificates. In front of the connection string, which can override all.
    private const string Defaults = "asyncTimeout=10,connectTimeout=1000,checkCertificateRevocation=false,";

    /// <summary>The connection string of a Redis that all instances share. Empty: each counts for itself.</summary>
    public string Redis { get; init; } = "";

    /// <summary>Null where no Redis is configured.</summary>
    public ConfigurationOptions? Configuration()
    {
        if (Redis.Length == 0)
        {
            return null;
        }

        var configuration = ConfigurationOptions.Parse(Defaults + Redis);
        // While Redis is unavailable the app starts, calls fail at once without a queue, and the client reconnects.
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ReconnectRetryPolicy = new LinearRetry(500);
        // Exception messages would contain keys, which have ids of users and addresses.
        configuration.IncludeDetailInExceptions = false;

        return configuration;
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext context) => Redis.Length == 0 || IsReadable()
        ? []
        : [new($"{Section}:Redis must be a connection string such as redis:6379,password=…, no URL.")];

    private bool IsReadable()
    {
        try
        {
            return Configuration() is { EndPoints: { Count: > 0 } servers } && servers.All(server =>
                server is not DnsEndPoint name || Uri.CheckHostName(name.Host) != UriHostNameType.Unknown);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>
/// One Redis key for each key and window. While Redis is unavailable a circuit breaker answers null at once; one call a
/// second probes it. The log says once that it is unavailable, and once that it is available again.
/// </summary>
internal sealed class RedisCounter : ISharedCounter, IDisposable
{
    // A script is atomic: an instance that stops between the two commands cannot leave a key that never expires. A key
    // expires a minute after its window, because the clocks of instances differ.
    private const string Script = """
        local count = redis.call('INCRBY', KEYS[1], ARGV[2])
        if count == tonumber(ARGV[2]) then
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

    public RedisCounter(
        IOptions<RedisOptions> options, AppMeter meter, TimeProvider clock, ILogger<RedisCounter> logger)
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
            meter.Gauge(
                "app.redis.available", "", "1 while limits are counted in Redis, 0 while each instance counts alone.",
                () => [new(isAvailable ? 1 : 0)]);
            timeout = TimeSpan.FromMilliseconds(configuration.AsyncTimeout);
            redis = ConnectionMultiplexer.Connect(configuration);
            if (!redis.IsConnected)
            {
                LogUnavailable("no connection at start");
            }
        }
    }

    public async Task<int?> Add(string key, int amount, DateTimeOffset windowEnd, CancellationToken ct)
    {
        if (redis is null)
        {
            return null;
        }

        try
        {
            // Without the request's token: a client that disconnects during the probe would close the circuit.
            var count = await circuitBreaker.ExecuteAsync(
                async _ => await Count(redis, key, amount, windowEnd), CancellationToken.None);
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

    private async Task<int> Count(
        ConnectionMultiplexer connection, string key, int amount, DateTimeOffset windowEnd)
    {
        var counting = connection.GetDatabase().ScriptEvaluateAsync(
            Script,
            [$"limit {key} {windowEnd.ToUnixTimeSeconds()}"],
            [windowEnd.ToUnixTimeMilliseconds(), amount]);

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
