using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using ProdReady.Api.Errors;
using ProdReady.Application.Accounts;
using ProdReady.Application.RateLimiting;

namespace ProdReady.Api.RateLimiting;

/// <summary>
/// The limits, and what is said about them. Where there is Redis, all instances count together. Without it, or while
/// it is away, each counts for itself; but guesses at passwords are then counted in the database.
/// </summary>
internal sealed class RateLimits(
    IOptions<ApiLimitOptions> api,
    IOptions<AuthLimitOptions> auth,
    IOptions<RefreshLimitOptions> refresh,
    IQuickCounter quickCounter,
    ISharedCounter sharedCounter,
    SecurityEvents events,
    TimeProvider clock)
{
    // Sessions that may well be refreshed behind one address.
    private const int SessionsPerAddress = 20;

    public RateLimit Api { get; } = new("api", api.Value.PermitLimit, api.Value.Window);

    public RateLimit Auth { get; } = new("auth", auth.Value.PermitLimit, auth.Value.Window) { IsStrict = true };

    public RateLimit Refresh { get; } = new("refresh", refresh.Value.PermitLimit, refresh.Value.Window);

    public RateLimit RefreshAddress { get; } =
        new("refresh-address", refresh.Value.PermitLimit * SessionsPerAddress, refresh.Value.Window);

    /// <summary>Counts a call.</summary>
    /// <returns>Null where it is allowed, else the answer to it.</returns>
    public async Task<ProblemResponse?> Take(RateLimit limit, string client, HttpContext http)
    {
        var now = clock.GetUtcNow();
        var windowEnd = CountingWindow.EndOf(now, limit.Window);
        var left = limit.Take(client, windowEnd);

        // What one instance has seen often enough by itself gets no further: a flood of calls is no flood of writes.
        if (left >= 0)
        {
            var count = await CountEverywhere(limit, $"{limit.Name} {client}", windowEnd, http.RequestAborted);
            // Who has seen more is right; a Redis that was started anew has seen little.
            left = Math.Min(left, limit.PermitLimit - count ?? left);
        }

        var seconds = Math.Max(1, (int)Math.Ceiling((windowEnd - now).TotalSeconds));
        Tell(http.Response, limit, left, seconds);
        if (left >= 0)
        {
            return null;
        }

        events.RateLimitHit(limit.Name);

        return Problems.QuotaExceeded.ToResult() with { ViolatedPolicies = [limit.Name] };
    }

    private async Task<int?> CountEverywhere(
        RateLimit limit, string key, DateTimeOffset windowEnd, CancellationToken ct) =>
        await quickCounter.Increment(key, windowEnd, ct)
        ?? (limit.IsStrict ? await sharedCounter.Increment(key, windowEnd, ct) : null);

    // https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10. Where two limits hold for one
    // route, both are on the list. At the last moment, because the exception handler clears what was set before.
    private static void Tell(HttpResponse response, RateLimit limit, int left, int seconds) =>
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

internal abstract class LimitOptions(int permitLimit)
{
    /// <summary>So many calls in a window.</summary>
    [Range(1, 1_000_000)]
    public int PermitLimit { get; init; } = permitLimit;

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);
}

internal sealed class ApiLimitOptions() : LimitOptions(permitLimit: 300)
{
    public const string Section = "RateLimits:Api";
}

internal sealed class AuthLimitOptions() : LimitOptions(permitLimit: 20)
{
    public const string Section = "RateLimits:Auth";
}

internal sealed class RefreshLimitOptions() : LimitOptions(permitLimit: 30)
{
    public const string Section = "RateLimits:Refresh";
}
