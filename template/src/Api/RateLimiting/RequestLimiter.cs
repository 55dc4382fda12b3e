using ProdReady.Api.Errors;
using ProdReady.Application.Accounts;
using ProdReady.Application.RateLimiting;

namespace ProdReady.Api.RateLimiting;

/// <summary>
/// The limits. With Redis all instances count together. Without it, or while it is unavailable, each instance counts
/// for itself, and strict limits are counted in the database.
/// </summary>
internal sealed class RequestLimiter(
    IOptions<ApiLimitOptions> api,
    IOptions<AuthLimitOptions> auth,
    IOptions<RefreshLimitOptions> refresh,
    ISharedCounter databaseCounter,
    SecurityEvents events,
    TimeProvider clock,
    [FromKeyedServices(ISharedCounter.Fast)] ISharedCounter? fastCounter = null)
{
    // One address can be that of a whole office.
    private const int SessionsPerAddress = 20;

    public LimitPolicy Api { get; } = new("api", api.Value.PermitLimit, api.Value.Window);

    public LimitPolicy Auth { get; } = new("auth", auth.Value.PermitLimit, auth.Value.Window) { IsStrict = true };

    public LimitPolicy Refresh { get; } = new("refresh", refresh.Value.PermitLimit, refresh.Value.Window);

    public LimitPolicy RefreshAddress { get; } =
        new("refresh-address", refresh.Value.PermitLimit * SessionsPerAddress, refresh.Value.Window);

    /// <summary>Counts a call, and adds the RateLimit headers to its response.</summary>
    /// <returns>Null where the call is allowed, else the 429.</returns>
    public async Task<ProblemResponse?> Acquire(LimitPolicy limit, string client, HttpContext http)
    {
        var now = clock.GetUtcNow();
        var windowEnd = CountingWindow.EndOf(now, limit.Window);
        var left = limit.Acquire(client, windowEnd);

        // A call that this instance rejects is not counted in Redis or in the database: a flood causes no writes.
        if (left >= 0)
        {
            var count = await CountOfAllInstances(
                limit, $"{limit.Name} {client}", windowEnd, http.RequestAborted);
            // The higher count holds: a Redis that was restarted has lost its counts.
            left = Math.Min(left, limit.PermitLimit - count ?? left);
        }

        var seconds = Math.Max(1, (int)Math.Ceiling((windowEnd - now).TotalSeconds));
        AddHeaders(http.Response, limit, left, seconds);
        if (left >= 0)
        {
            return null;
        }

        events.RateLimitHit(limit.Name);

        return Problems.QuotaExceeded.ToResult() with { ViolatedPolicies = [limit.Name] };
    }

    private async Task<int?> CountOfAllInstances(
        LimitPolicy limit, string key, DateTimeOffset windowEnd, CancellationToken ct)
    {
        var count = fastCounter is null ? null : await fastCounter.Increment(key, windowEnd, ct);

        return count is null && limit.IsStrict ? await databaseCounter.Increment(key, windowEnd, ct) : count;
    }

    // https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10. With two limits on a route, the
    // headers list both. In OnStarting, because the exception handler clears headers that were set before.
    private static void AddHeaders(HttpResponse response, LimitPolicy limit, int left, int seconds) =>
        response.OnStarting(() =>
        {
            var window = (int)limit.Window.TotalSeconds;
            response.Headers.Append("RateLimit-Policy", $"\"{limit.Name}\";q={limit.PermitLimit};w={window}");
            response.Headers.Append("RateLimit", $"\"{limit.Name}\";r={Math.Max(0, left)};t={seconds}");
            if (left < 0)
            {
                response.Headers.RetryAfter = $"{seconds}";
            }

            return Task.CompletedTask;
        });
}
