using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Primitives;
using ProdReady.Api.Edge;

namespace ProdReady.Doctor;

internal static class LockedEndpoints
{
    // Open on purpose; EndpointTests has the methods too. What ends with a slash has routes below it.
    private static readonly string[] Open =
    [
        //#if (Sample)
        "/", // the demo, in Development
        "/demo/",

        //#endif
        "/api/v1/account/confirm-email-change",
        "/api/v1/auth/",
        "/confirm-email",
        "/confirm-email-change",
        "/docs/",
        "/health/",
        "/metrics",
        "/openapi/",
        "/pages/",
        "/reset-password",
    ];

    public static Check[] Checks(ExaminedApp app)
    {
        var call = new Lazy<Task<Answer>>(() => Call(app.Settings<AppOptions>()));

        return
        [
            new("D901", async _ =>
                await call.Value is { Status: >= 300 and var status } ? $"it answers {status}" : null),
            new("D902", async _ => await call.Value is { Errors: not SslPolicyErrors.None and var errors }
                ? $"{errors}" : null, After: "D901"),
            // Let's Encrypt renews 30 days before the end.
            new("D903", async _ => (await call.Value).Ends - app.Now is { TotalDays: < 14 and var days }
                ? $"{days:0}" : null, After: "D902"),
            new("D904", () => app.Settings<AppOptions>() is { ServePages: true, PublicUrl.Host: var host }
                && app.Settings<AllowedHostsOptions>().Names() is var names && !names.Contains("*")
                && !HostString.MatchesAny(host, [.. names.Select(name => new StringSegment(name))]) ? host : null),
            new("D905", () => app.Settings<CrossOriginOptions>().AllowedOrigins
                .FirstOrDefault(origin => origin.StartsWith("http://", StringComparison.Ordinal))),
            new("D906", () => app.Settings<ProxyOptions>().KnownNetworks.Count == 0
                && app.Settings<AppOptions>().PublicUrl.Scheme == Uri.UriSchemeHttps
                && !(app.Configuration["urls"] + app.Configuration["https_ports"]).Contains("https")),
            new("D907", () => app.Settings<ProxyOptions>().Networks().Any(network => network.PrefixLength
                < network.BaseAddress.GetAddressBytes().Length * 2)),
            new("D908", () => app.Settings<DocsOptions>().Enabled is true),
            // Routes are mapped only with valid settings.
            .. app.Endpoints.Count == 0 ? Array.Empty<Check>() : [new("D909", () => FindOpen(app))],
            RedisCheck.Of(app),
        ];
    }

    /// <summary>A name without a dot is a container in the same network.</summary>
    public static bool IsRemote(string host) =>
        IPAddress.TryParse(host, out var ip) ? !IPAddress.IsLoopback(ip) : !host.StartsWith('/') && host.Contains('.');

    private static async Task<Answer> Call(AppOptions app)
    {
        var answer = new Answer(Status: 200, SslPolicyErrors.None, DateTimeOffset.MaxValue);
        if (app.PublicUrl.Scheme != Uri.UriSchemeHttps || !app.ServePages)
        {
            return answer;
        }

        using var http = new HttpClient(new HttpClientHandler
        {
            AllowAutoRedirect = false,
            // An invalid certificate is a finding of its own. Nothing secret is sent.
            ServerCertificateCustomValidationCallback = (_, certificate, _, errors) =>
            {
                answer = answer with { Errors = errors, Ends = certificate!.NotAfter };

                return true;
            },
        });
        using var response = await http.GetAsync(app.LinkTo("health/live"));

        return answer with { Status = (int)response.StatusCode };
    }

    private static string? FindOpen(ExaminedApp app)
    {
        // A forgotten policy fails closed, unless this one is taken away.
        if (app.Settings<AuthorizationOptions>().FallbackPolicy is null)
        {
            return "every endpoint without a policy of its own";
        }

        var open = app.Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.OfType<IAllowAnonymous>().Any())
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText?.TrimStart('/'))
            .Where(path => !Open.Any(known => known == path
                || (known is [_, .., '/'] && $"{path}/".StartsWith(known, StringComparison.Ordinal))));

        return string.Join(", ", open.Distinct().Order(StringComparer.Ordinal)) is { Length: > 0 } paths ? paths : null;
    }

    private sealed record Answer(int Status, SslPolicyErrors Errors, DateTimeOffset Ends);
}
