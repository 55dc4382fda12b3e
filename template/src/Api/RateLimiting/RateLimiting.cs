using System.Threading.RateLimiting;

namespace ProdReady.Api.RateLimiting;

/// <summary>429 for a client over its limit. Routes without a limit (health, docs, pages) are not counted.</summary>
internal static class RateLimiting
{
    public static void AddRateLimiting(this IServiceCollection services)
    {
        services.AddSettings<ApiLimitOptions>(ApiLimitOptions.Section);
        services.AddSettings<AuthLimitOptions>(AuthLimitOptions.Section);
        services.AddSettings<RefreshLimitOptions>(RefreshLimitOptions.Section);
        services.AddSettings<SearchLimitOptions>(SearchLimitOptions.Section);
        services.AddSettings<PasswordLimitOptions>(PasswordLimitOptions.Section);
        services.AddSettings<WritesLimitOptions>(WritesLimitOptions.Section);
        services.AddSettings<RefusedUploadsLimitOptions>(RefusedUploadsLimitOptions.Section);
        services.AddSingleton<RequestLimiter>();

        // One search of a user at a time. A user who has not searched for ten seconds is removed from memory.
        services.AddSingleton(_ => PartitionedRateLimiter.Create<string, string>(user =>
            RateLimitPartition.GetConcurrencyLimiter(user, _ => new() { PermitLimit = 1, QueueLimit = 10 })));
    }

    public static void UseRateLimiting(this WebApplication app)
    {
        var limiter = app.Services.GetRequiredService<RequestLimiter>();

        app.Use(async (http, next) =>
        {
            // The last one holds: the limit of a route replaces that of its group, so that a call is counted once.
            var limit = http.GetEndpoint()?.Metadata.GetMetadata<LimitMetadata>();
            var rejection = limit is null ? null : await limit.Acquire(limiter, http);

            await (rejection?.ExecuteAsync(http) ?? next(http));
        });
    }
}

/// <param name="Acquire">Counts a call. Returns null where it is allowed, else the 429.</param>
internal sealed record LimitMetadata(Func<RequestLimiter, HttpContext, Task<ProblemResponse?>> Acquire);
