using System.Net;
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

    // Milliseconds. Redis is optional, so a request does not wait long for it. In front of the connection string, which
    // can override both.
    private const string Defaults = "asyncTimeout=10,connectTimeout=1000,";

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

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Redis.Length > 0 && !IsReadable())
        {
            yield return new ValidationResult(
                $"{Section}:Redis must be a connection string such as redis:6379,password=…, no URL.");
        }
    }

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
