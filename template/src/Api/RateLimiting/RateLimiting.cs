using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Authentication;
using ProdReady.Api.Errors;
using ProdReady.Api.Requests;
using ProdReady.Application;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Api.RateLimiting;

/// <summary>
/// Says no to who asks too often. Limits are said on groups and routes; the innermost one holds, so that who has a
/// stricter limit is not counted by the wider one as well. Where none is said, nothing is counted: health, docs, pages.
/// </summary>
internal static class RateLimiting
{
    public static void AddRateLimiting(this IServiceCollection services)
    {
        services.AddSettings<ApiLimitOptions>(ApiLimitOptions.Section);
        services.AddSettings<AuthLimitOptions>(AuthLimitOptions.Section);
        services.AddSettings<RefreshLimitOptions>(RefreshLimitOptions.Section);
        services.AddSingleton<RateLimits>();
    }

    /// <summary>For all calls: each user has so many, and each address where nobody is signed in.</summary>
    public static RouteGroupBuilder RequireApiLimit(this RouteGroupBuilder group) =>
        group.WithMetadata(new Limited(async (http, limits) =>
            await limits.Take(limits.Api, await CallerOf(http), http)), Problems.QuotaExceeded);

    /// <summary>For routes that guess at passwords and send mails, and are open to everybody.</summary>
    public static RouteGroupBuilder RequireAuthLimit(this RouteGroupBuilder group) =>
        group.WithMetadata(
            new Limited((http, limits) => limits.Take(limits.Auth, AddressOf(http), http)), Problems.QuotaExceeded);

    /// <summary>Each session may be refreshed so often. An address may be that of a whole office.</summary>
    public static RouteHandlerBuilder RequireRefreshLimit(this RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata(
            new Limited((http, limits) => limits.Take(limits.RefreshAddress, AddressOf(http), http)),
            Problems.QuotaExceeded)
        .AddEndpointFilter(LimitSession);

    public static void UseRateLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<RateLimits>();

        app.Use(async (http, next) =>
        {
            var limit = http.GetEndpoint()?.Metadata.GetMetadata<Limited>();
            var refusal = limit is null ? null : await limit.Take(http, limits);

            await (refusal?.ExecuteAsync(http) ?? next(http));
        });
    }

    // A token counts once it is verified: what is merely claimed uses up nobody's calls. The answer is kept, so that
    // UseAuthentication does not verify it again.
    private static async Task<string> CallerOf(HttpContext http) =>
        (await http.AuthenticateAsync()).Principal is { } user ? $"user {CurrentUser.From(user).Id}" : AddressOf(http);

    // Whoever has one IPv6 address has the 2^64 of its network.
    private static string AddressOf(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();

        return $"{new IPAddress(bytes)}/64";
    }

    // The token is in the body, which only the endpoint reads. One that was not made here belongs to no session, and
    // uses up nobody's refreshes.
    private static async ValueTask<object?> LimitSession(
        EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var http = invocation.HttpContext;
        var request = invocation.Arguments.OfType<RefreshRequest>().Single();
        var token = http.RequestServices.GetRequiredService<ITokens>().ReadRefreshToken(request.RefreshToken);
        var limits = http.RequestServices.GetRequiredService<RateLimits>();
        var refusal = token is null ? null : await limits.Take(limits.Refresh, $"{token.SessionId}", http);

        return refusal ?? await next(invocation);
    }
}

/// <summary>Metadata of what is limited.</summary>
/// <param name="Take">Counts a call; what it returns is the answer to one too many.</param>
internal sealed record Limited(Func<HttpContext, RateLimits, Task<ProblemResponse?>> Take);
