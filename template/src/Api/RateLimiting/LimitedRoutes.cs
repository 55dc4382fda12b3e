using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace ProdReady.Api.RateLimiting;

/// <summary>The limits of groups and routes, in the pipeline and in the OpenAPI document.</summary>
internal static class LimitedRoutes
{
    private const string RateLimitPolicy = "The limits of this call: at most q requests, or KiB, in w seconds.";
    private const string RateLimit = "What is left (r), and the seconds until the next window (t).";

    // Of a chunked body. Requests:MaxBodyBytes by default; the rest of a longer body is buffered in a file.
    private const int BufferBytes = 256 * 1024;

    private static readonly TimeSpan TurnTimeout = TimeSpan.FromSeconds(2);

    // The answers to a file that was received or checked, and not stored. A replayed 201 is another one.
    private static readonly int[] RefusedUpload = [400, 404, 408, 409, 413, 415, 422, 507];

    /// <summary>
    /// For all calls: per user, and per address for unauthenticated requests. What a user writes has a limit in KiB.
    /// </summary>
    public static RouteGroupBuilder RequireApiLimit(this RouteGroupBuilder group) => group.RequireApiLimit(LimitWrites);

    /// <summary>
    /// For uploads, in place of the limit in KiB. No quota counts a file that is checked and refused, so without this
    /// limit it could be sent at the rate of all calls.
    /// </summary>
    public static RouteHandlerBuilder LimitRefusedUploads(this RouteHandlerBuilder endpoint) =>
        endpoint.RequireApiLimit((limiter, user, http) => limiter.Acquire(
            limiter.RefusedUploads, user, http, 0, () => IsRefusedUpload(http.Response) ? 1 : 0));

    /// <summary>For anonymous routes that check passwords or send mails: per address.</summary>
    public static RouteGroupBuilder RequireAuthLimit(this RouteGroupBuilder group) =>
        group.RequireLimit((limiter, http) => limiter.Acquire(limiter.Auth, AddressOf(http), http));

    /// <summary>Per session, with a wider limit per address.</summary>
    /// <param name="sessionOf">The session of a valid token; null limits the call by its address alone.</param>
    public static RouteHandlerBuilder RequireRefreshLimit(
        this RouteHandlerBuilder endpoint, Func<EndpointFilterInvocationContext, Guid?> sessionOf) => endpoint
        .RequireLimit((limiter, http) => limiter.Acquire(limiter.RefreshAddress, AddressOf(http), http))
        .AddLimit(async (limiter, invocation) => sessionOf(invocation) is { } session
            ? await limiter.Acquire(limiter.Refresh, $"{session}", invocation.HttpContext)
            : null);

    /// <summary>For routes that check the password of a signed-in user: per user.</summary>
    public static RouteHandlerBuilder RequirePasswordLimit(this RouteHandlerBuilder endpoint) =>
        endpoint.AddLimit((limiter, invocation) =>
            limiter.Acquire(limiter.Password, KeyOf(invocation.HttpContext.User), invocation.HttpContext));

    /// <summary>
    /// For a list with the parameter <c>search</c>: per user, one search at a time, and a 429 where it takes too long
    /// (<see cref="IAppDbContext.WithStatementTimeout"/>).
    /// </summary>
    public static RouteHandlerBuilder RequireSearchLimit(this RouteHandlerBuilder endpoint) =>
        endpoint.AddEndpointFilter(async (invocation, next) =>
        {
            var http = invocation.HttpContext;
            if (StringValues.IsNullOrEmpty(http.Request.Query["search"]))
            {
                return await next(invocation);
            }

            var limiter = http.RequestServices.GetRequiredService<RequestLimiter>();
            var user = KeyOf(http.User);
            if (await limiter.Acquire(limiter.Search, user, http) is { } rejection)
            {
                return rejection;
            }

            // A search that waits for its turn holds no database connection.
            var turns = http.RequestServices.GetRequiredService<PartitionedRateLimiter<Turns>>();
            using var turn = await Turn.TryTake(
                ct => turns.AcquireAsync(new Turns(user, AtOnce: 1, Waiting: 10), 1, ct),
                TurnTimeout,
                http.RequestAborted);
            try
            {
                if (turn is not null)
                {
                    return await next(invocation);
                }
            }
            catch (QueryTimeoutException)
            {
                // PostgreSQL has stopped the query: the same answer as if its turn did not come in time.
            }

            return limiter.Reject(limiter.Search, http, seconds: 5);
        });

    /// <summary>
    /// Only a verified token names the user: a forged one would use up the limit of another. UseAuthentication reuses
    /// the result, so the token is not verified twice.
    /// </summary>
    public static async Task<string?> UserKey(this HttpContext http) =>
        (await http.AuthenticateAsync()).Principal is { } user ? KeyOf(user) : null;

    // A filter, because the body is read after the middleware. It is in addition to the limit of the group.
    private static RouteHandlerBuilder AddLimit(
        this RouteHandlerBuilder endpoint,
        Func<RequestLimiter, EndpointFilterInvocationContext, Task<ProblemResponse?>> acquire) =>
        endpoint.AddEndpointFilter(async (invocation, next) =>
        {
            var limiter = invocation.HttpContext.RequestServices.GetRequiredService<RequestLimiter>();

            return await acquire(limiter, invocation) ?? await next(invocation);
        });

    private static T RequireApiLimit<T>(
        this T routes, Func<RequestLimiter, string, HttpContext, Task<ProblemResponse?>> limitUser)
        where T : IEndpointConventionBuilder =>
        routes.RequireLimit(async (limiter, http) =>
        {
            var user = await http.UserKey();

            return await limiter.Acquire(limiter.Api, user ?? AddressOf(http), http)
                ?? (user is null ? null : await limitUser(limiter, user, http));
        });

    private static bool IsRefusedUpload(HttpResponse response) =>
        RefusedUpload.Contains(response.StatusCode) || response.Headers.ContainsKey("Idempotency-Replayed");

    // Each body counts as one KiB at least, because each row that is written has columns and indexes of its own.
    private static async Task<ProblemResponse?> LimitWrites(RequestLimiter limiter, string user, HttpContext http)
    {
        var request = http.Request;
        if (request.Method is not ("POST" or "PUT" or "PATCH"))
        {
            return null;
        }

        // Without a Content-Length the size is known once the body is read: the buffer has its length.
        var isChunked = request.ContentLength is null && request.HasJsonContentType();
        if (isChunked)
        {
            request.EnableBuffering(BufferBytes);
        }

        // A body that is too large is refused unread.
        var max = http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize;
        var length = request.ContentLength > max ? 0 : request.ContentLength ?? 0;
        // The answer to a request with a key is stored as well, and is about as long.
        var rows = request.Headers.ContainsKey("Idempotency-Key") ? 2 : 1;

        return await limiter.Acquire(
            limiter.Writes,
            user,
            http,
            rows * KiB(length),
            isChunked ? () => rows * (KiB(request.Body.Length) - 1) : null);
    }

    private static int KiB(long bytes) => (int)Math.Clamp(Math.Ceiling(bytes / 1024.0), 1, 1_000_000);

    private static T RequireLimit<T>(this T routes, Func<RequestLimiter, HttpContext, Task<ProblemResponse?>> acquire)
        where T : IEndpointConventionBuilder =>
        routes.WithMetadata(new LimitMetadata(acquire), Problems.QuotaExceeded).Describe(operation =>
        {
            foreach (var (_, response) in operation.Responses!)
            {
                response.AddHeader("RateLimit-Policy", RateLimitPolicy, "\"api\";q=300;w=60");
                response.AddHeader("RateLimit", RateLimit, "\"api\";r=299;t=60");
            }
        });

    private static string KeyOf(ClaimsPrincipal user) => $"user {CurrentUser.From(user).Id}";

    private static string AddressOf(HttpContext http) => http.Device().Network ?? "unknown address";
}
