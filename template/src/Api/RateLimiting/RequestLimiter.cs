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
    IOptions<SearchLimitOptions> search,
    IOptions<PasswordLimitOptions> password,
    IOptions<WritesLimitOptions> writes,
    IOptions<RefusedUploadsLimitOptions> refusedUploads,
    ISharedCounter databaseCounter,
    SecurityEvents events,
    AppMeter meter,
    TimeProvider clock,
    [FromKeyedServices(ISharedCounter.Fast)] ISharedCounter? fastCounter = null)
{
    // One address can be that of a whole office.
    private const int SessionsPerAddress = 20;

    public LimitPolicy Api { get; } = new("api", api.Value);

    public LimitPolicy Auth { get; } = new("auth", auth.Value) { IsStrict = true };

    public LimitPolicy Refresh { get; } = new("refresh", refresh.Value);

    public LimitPolicy RefreshAddress { get; } = new("refresh-address", refresh.Value, SessionsPerAddress);

    public LimitPolicy Search { get; } = new("search", search.Value);

    public LimitPolicy Password { get; } = new("password", password.Value);

    public LimitPolicy Writes { get; } = new("writes", writes.Value);

    public LimitPolicy RefusedUploads { get; } = new("refused-uploads", refusedUploads.Value);

    private readonly LabelledCounter rejections = meter.Counter(
        "app.rate_limit.rejections", "{request}", "Requests that were answered with 429, by limit.", "limit",
        "api", "auth", "refresh", "refresh-address", "search", "password", "writes", "refused-uploads");

    /// <summary>Counts a call, and adds the RateLimit headers to its response.</summary>
    /// <param name="amount">What the call takes. It is allowed while anything is left.</param>
    /// <param name="later">What it takes in addition, as known when the response starts.</param>
    /// <returns>Null where the call is allowed, else the 429.</returns>
    public async Task<ProblemResponse?> Acquire(
        LimitPolicy limit, string client, HttpContext http, int amount = 1, Func<int>? later = null)
    {
        var now = clock.GetUtcNow();
        var windowEnd = CountingWindow.EndOf(now, limit.Window);
        var seconds = Math.Max(1, (int)Math.Ceiling((windowEnd - now).TotalSeconds));
        var left = await Count(limit, client, windowEnd, amount, http.RequestAborted);
        var rejection = left < 0 ? Reject(limit, http, seconds) : null;

        // In OnStarting, because the exception handler clears headers that were set before. The headers list all limits
        // of a call: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10.
        http.Response.OnStarting(async () =>
        {
            if (rejection is null && later?.Invoke() is > 0 and var more)
            {
                left = await Count(limit, client, windowEnd, more, CancellationToken.None);
            }

            var (headers, window) = (http.Response.Headers, (int)limit.Window.TotalSeconds);
            headers.AppendCommaSeparatedValues(
                "RateLimit-Policy", $"\"{limit.Name}\";q={limit.PermitLimit};w={window}");
            headers.AppendCommaSeparatedValues("RateLimit", $"\"{limit.Name}\";r={Math.Max(0, left)};t={seconds}");
        });

        return rejection;
    }

    public ProblemResponse Reject(LimitPolicy limit, HttpContext http, int seconds)
    {
        events.RateLimitHit(limit.Name);
        rejections.Add(limit.Name);
        http.Response.Headers.RetryAfter = $"{seconds}";

        return Problems.QuotaExceeded.ToResult() with { ViolatedPolicies = [limit.Name] };
    }

    // Returns what is left, or -1 where nothing was left.
    private async Task<int> Count(
        LimitPolicy limit, string client, DateTimeOffset windowEnd, int amount, CancellationToken ct)
    {
        var left = limit.Acquire(client, windowEnd, amount);
        if (left < 0)
        {
            // Not counted in Redis or in the database either: a flood causes no writes.
            return left;
        }

        var key = $"{limit.Name} {client}";
        var used = fastCounter is null ? null : await fastCounter.Add(key, amount, windowEnd, ct);
        if (used is null && limit.IsStrict)
        {
            used = await databaseCounter.Add(key, amount, windowEnd, ct);
        }

        // The higher count holds: a Redis that was restarted has lost its counts.
        return used - amount >= limit.PermitLimit ? -1 : Math.Min(left, Math.Max(0, limit.PermitLimit - used ?? left));
    }
}
