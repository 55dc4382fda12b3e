using System.IO.Enumeration;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Primitives;
using ProdReady.Api.Edge;
using ProdReady.Infrastructure.RateLimiting;
using StackExchange.Redis;

namespace ProdReady.Doctor;

internal static class LockedEndpoints
{
    // Open on purpose; EndpointTests has the methods too.
    private static readonly string[] Open =
    [
        //#if (Sample)
        "/", "/demo/*", // the demo, in Development
        //#endif
        "/health/*", "/metrics", "/docs*", "/openapi/*",
        "/api/v1/auth/*", "/api/v1/account/confirm-email-change",
        "/pages/*", "/confirm-email", "/confirm-email-change", "/reset-password",
    ];

    public static Task[] Checks(Examination app)
    {
        var (errors, ends) = (SslPolicyErrors.None, DateTimeOffset.MaxValue);

        return
        [
            app.Check("D901", Call, () =>
            [
                app.Check("D902", () => errors == SslPolicyErrors.None ? null : errors),
                app.Check("D903", () => ends - app.Now is { TotalDays: > 0 and < 14 } left ? left.Days : null),
            ]),
            app.Check("D904", () => app.Settings<AppOptions>() is { ServePages: true, PublicUrl.Host: var host }
                && app.Settings<AllowedHostsOptions>().Names() is var names && !names.Contains("*")
                && !HostString.MatchesAny(host, [.. names.Select(name => new StringSegment(name))]) ? host : null),
            app.Check("D905", () => app.Settings<CrossOriginOptions>().AllowedOrigins
                .FirstOrDefault(origin => origin.StartsWith("http://", StringComparison.Ordinal))),
            app.Check("D906", () => app.Settings<ProxyOptions>().KnownNetworks.Count == 0
                && app.Settings<AppOptions>().PublicUrl.Scheme == Uri.UriSchemeHttps
                && !(app.Configuration["urls"] + app.Configuration["https_ports"]).Contains("https")),
            app.Check("D907", () => app.Settings<ProxyOptions>().Networks().Any(network => network.PrefixLength
                < network.BaseAddress.GetAddressBytes().Length * 2)),
            app.Check("D908", () => app.Settings<DocsOptions>().Enabled is true),
            // Routes are mapped only with valid settings.
            app.Endpoints.Any() ? app.Check("D909", () => FindOpen(app)) : Task.CompletedTask,
            app.Check("D910", async (_, _) =>
            {
                var redis = app.Settings<RedisOptions>().Configuration();
                await using var connection = redis is null ? null : await ConnectionMultiplexer.ConnectAsync(redis);

                return connection is { IsConnected: false };
            }),
        ];

        async Task<object?> Call(IServiceProvider _, CancellationToken ct)
        {
            if (app.Settings<AppOptions>() is not { ServePages: true, PublicUrl.Scheme: "https" } options)
            {
                return null;
            }

            using var http = new HttpClient(new HttpClientHandler
            {
                AllowAutoRedirect = false,
                // An invalid certificate is a finding of its own. Nothing secret is sent.
                ServerCertificateCustomValidationCallback = (_, certificate, _, found) =>
                {
                    (errors, ends) = (found, certificate!.NotAfter);

                    return true;
                },
            });
            using var response = await http.GetAsync(options.LinkTo("health/live"), ct);

            return (int)response.StatusCode >= 300 ? $"it answers {(int)response.StatusCode}" : null;
        }
    }

    /// <summary>A name without a dot is a container in the same network.</summary>
    public static bool IsRemote(string host) =>
        IPAddress.TryParse(host, out var ip) ? !IPAddress.IsLoopback(ip) : !host.StartsWith('/') && host.Contains('.');

    private static string FindOpen(Examination app)
    {
        // A forgotten policy fails closed, unless this one is taken away.
        var isClosed = app.Settings<AuthorizationOptions>().FallbackPolicy is not null;

        return string.Join(", ", app.Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.OfType<IAllowAnonymous>().Any()
                || !(isClosed || endpoint.Metadata.OfType<IAuthorizeData>().Any()))
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText?.TrimStart('/')).Distinct()
            .Where(path => !Open.Any(known => FileSystemName.MatchesSimpleExpression(known, path, ignoreCase: false))));
    }
}
