using System.Net.Mime;
using Microsoft.AspNetCore.Http.Metadata;

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
        services.AddSettings<ConcurrencyLimitOptions>(ConcurrencyLimitOptions.Section);
        services.AddSingleton<RequestLimiter>();

        // A user who has taken no turn for ten seconds is removed from memory.
        services.AddSingleton(_ => PartitionedRateLimiter.Create<Turns, Turns>(turns =>
            RateLimitPartition.GetConcurrencyLimiter(
                turns, _ => new() { PermitLimit = turns.AtOnce, QueueLimit = turns.Waiting })));
    }

    public static void UseRateLimiting(this WebApplication app)
    {
        var limiter = app.Services.GetRequiredService<RequestLimiter>();
        var turns = app.Services.GetRequiredService<PartitionedRateLimiter<Turns>>();
        var atOnce = app.Services.GetRequiredService<IOptions<ConcurrencyLimitOptions>>().Value.PermitLimit;

        app.Use(async (http, next) =>
        {
            // The last one holds: the limit of a route replaces that of its group, so that a call is counted once.
            var limit = http.GetEndpoint()?.Metadata.GetMetadata<LimitMetadata>();
            var rejection = limit is null ? null : await limit.Acquire(limiter, http);
            // A call that waits for its turn holds no database connection. An upload takes none here: it has one of its
            // own, and while it arrives slowly it would hold this one for minutes.
            var accepts = http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes;
            // Downloads take turns among themselves: a slow line holds one for minutes, too.
            var isDownload = http.GetEndpoint()?.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>()
                .Any(response => response.Type == typeof(Stream)) == true;
            var user = limit is null || accepts is [MediaTypeNames.Multipart.FormData] ? null : await http.UserKey();
            using var turn = user is null || rejection is not null
                ? null
                : await turns.AcquireAsync(
                    new Turns(isDownload ? $"{user} files" : user, atOnce, Waiting: 1_000), 1, http.RequestAborted);
            rejection ??= turn?.IsAcquired == false ? limiter.Reject(limiter.Api, http, seconds: 5) : null;

            // The rest of a refused body is read without a turn.
            http.Response.OnStarting(() =>
            {
                (http.Response.StatusCode < 400 ? null : turn)?.Dispose();

                return Task.CompletedTask;
            });

            await (rejection?.ExecuteAsync(http) ?? next(http));
        });
    }
}

/// <summary>How many calls of a user run at the same time, and how many more wait.</summary>
internal sealed record Turns(string User, int AtOnce, int Waiting);

/// <param name="Acquire">Counts a call. Returns null where it is allowed, else the 429.</param>
internal sealed record LimitMetadata(Func<RequestLimiter, HttpContext, Task<ProblemResponse?>> Acquire);
