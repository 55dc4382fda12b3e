using ProdReady.Api.Errors;

namespace ProdReady.Api.RateLimiting;

/// <summary>429 for a client over its limit. Routes without a limit (health, docs, pages) are not counted.</summary>
internal static class RateLimiting
{
    public static void AddRateLimiting(this IServiceCollection services)
    {
        services.AddSettings<ApiLimitOptions>(ApiLimitOptions.Section);
        services.AddSettings<AuthLimitOptions>(AuthLimitOptions.Section);
        services.AddSettings<RefreshLimitOptions>(RefreshLimitOptions.Section);
        services.AddSingleton<RequestLimiter>();
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
