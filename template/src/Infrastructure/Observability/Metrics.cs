using Microsoft.AspNetCore.Http.Features;

namespace ProdReady.Infrastructure.Observability;

/// <summary>Metrics for Prometheus, on a port of their own: the proxy publishes the other one only.</summary>
internal static class Metrics
{
    /// <summary>Listens on the port too, and on all addresses that are set otherwise.</summary>
    public static void AddMetricsPort(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<MetricsOptions>(MetricsOptions.Section);
        if (builder.Configuration.GetValue<string>(MetricsOptions.PortKey) is not { Length: > 0 } port)
        {
            return;
        }

        // Not by Kestrel's Listen, after which it ignores ASPNETCORE_URLS and ASPNETCORE_HTTP_PORTS. Where `urls` is
        // set, http_ports and https_ports are ignored, so they have to be in it.
        var settings = builder.Configuration;
        string[] urls = settings[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } set
            ? [set]
            : [.. UrlsOf(WebHostDefaults.HttpPortsKey, "http"), .. UrlsOf(WebHostDefaults.HttpsPortsKey, "https")];
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, "").UseSetting(WebHostDefaults.HttpsPortsKey, "");
        builder.WebHost.UseUrls([.. urls.DefaultIfEmpty("http://localhost:5000"), $"http://*:{port}"]);

        IEnumerable<string> UrlsOf(string key, string scheme) =>
            (settings[key] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(number => $"{scheme}://*:{number}");
    }

    /// <summary>
    /// Answers on the port, whatever the Host header is, and only there: RequireHost would let a forged header in. 404
    /// for all but /metrics.
    /// </summary>
    public static void UseMetricsPort(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<MetricsOptions>>().Value.Port is not { } port)
        {
            return;
        }

        app.MapWhen(http => http.Connection.LocalPort == port, metrics =>
        {
            metrics.Use((http, next) =>
            {
                // A scrape is no request that someone waits for.
                http.Features.Get<IHttpMetricsTagsFeature>()?.MetricsDisabled = true;

                return next(http);
            });
            metrics.UseOpenTelemetryPrometheusScrapingEndpoint();
        });
    }
}

internal sealed class MetricsOptions
{
    public const string Section = "Metrics";
    public const string PortKey = $"{Section}:{nameof(Port)}";

    /// <summary>The port for Prometheus, which must not be published. Empty: none.</summary>
    [Range(1, 65535)]
    public int? Port { get; init; }
}
