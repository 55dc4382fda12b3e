using Microsoft.AspNetCore.Authentication;
using ProdReady.Api.Errors;
using ProdReady.Api.OpenApi;
using ProdReady.Api.Requests;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Api.RateLimiting;

/// <summary>The limits of groups and routes, in the pipeline and in the OpenAPI document.</summary>
internal static class LimitedRoutes
{
    private const string RateLimitPolicy = "The limits of this call: at most q requests in w seconds.";
    private const string RateLimit = "The number of requests left (r), and the seconds until the next window (t).";

    /// <summary>For all calls: per user, and per address for unauthenticated requests.</summary>
    public static RouteGroupBuilder RequireApiLimit(this RouteGroupBuilder group) =>
        group.RequireLimit(async (limiter, http) =>
            await limiter.Acquire(limiter.Api, await UserOrAddress(http), http));

    /// <summary>For anonymous routes that check passwords or send mails: per address.</summary>
    public static RouteGroupBuilder RequireAuthLimit(this RouteGroupBuilder group) =>
        group.RequireLimit((limiter, http) => limiter.Acquire(limiter.Auth, AddressOf(http), http));

    /// <summary>Per session, with a wider limit per address.</summary>
    public static RouteHandlerBuilder RequireRefreshLimit(this RouteHandlerBuilder endpoint) => endpoint
        .RequireLimit((limiter, http) => limiter.Acquire(limiter.RefreshAddress, AddressOf(http), http))
        .AddEndpointFilter(LimitSession);

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

    // Only a verified token names the user: a forged one would use up the limit of another. UseAuthentication reuses
    // the result, so the token is not verified twice.
    private static async Task<string> UserOrAddress(HttpContext http) =>
        (await http.AuthenticateAsync()).Principal is { } user ? $"user {CurrentUser.From(user).Id}" : AddressOf(http);

    private static string AddressOf(HttpContext http) => http.Device().Network ?? "unknown address";

    // A filter, because the refresh token is in the body, which is read after the middleware. A forged token has no
    // session, and is limited by its address alone.
    private static async ValueTask<object?> LimitSession(
        EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var http = invocation.HttpContext;
        var request = invocation.Arguments.OfType<RefreshRequest>().Single();
        var token = http.RequestServices.GetRequiredService<ITokens>().ReadRefreshToken(request.RefreshToken);
        var limiter = http.RequestServices.GetRequiredService<RequestLimiter>();
        var rejection = token is null ? null : await limiter.Acquire(limiter.Refresh, $"{token.SessionId}", http);

        return rejection ?? await next(invocation);
    }
}
