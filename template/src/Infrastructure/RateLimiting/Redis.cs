using System.ComponentModel.DataAnnotations;
using System.Net;
using ProdReady.Application;
using ProdReady.Application.RateLimiting;
using StackExchange.Redis;

namespace ProdReady.Infrastructure.RateLimiting;

internal static class Redis
{
    public static void AddRedis(this IServiceCollection services)
    {
        services.AddSettings<RedisOptions>(RedisOptions.Section);
        services.AddSingleton<IQuickCounter, RedisCounter>();
    }
}

internal sealed class RedisOptions : IValidatableObject
{
    public const string Section = "ConnectionStrings";

    // Nobody waits longer than a moment for what can be done without. Stands in front, so that the connection string
    // may say otherwise.
    private const string Defaults = "asyncTimeout=10,connectTimeout=1000,";

    /// <summary>The connection string of a Redis that all instances share. Empty: each limits on its own.</summary>
    public string Redis { get; init; } = "";

    /// <summary>Null where there is no Redis.</summary>
    public ConfigurationOptions? Configuration()
    {
        if (Redis.Length == 0)
        {
            return null;
        }

        var configuration = ConfigurationOptions.Parse(Defaults + Redis);
        // While it is away the app starts, calls fail at once and do not queue up, and it is looked for in between.
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ReconnectRetryPolicy = new LinearRetry(500);
        // Messages would tell the keys, which name users and addresses.
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
