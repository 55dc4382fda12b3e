using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ProdReady.Api.Requests;

/// <summary>
/// Limits of time, memory and connections for each request; docs/limits.md lists them. A route can raise its own:
/// <c>WithRequestTimeout</c>, <c>WithMetadata(new RequestSizeLimitAttribute(…))</c>.
/// </summary>
internal static class RequestLimits
{
    private static readonly MinDataRate MinDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    public static void AddRequestLimits(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<RequestsOptions>(RequestsOptions.Section);

        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Half of the default: a client that sends its headers byte by byte (Slowloris) holds a connection.
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            // Longer than proxies keep a connection (nginx 60 s, AWS 60 s); otherwise a proxy would send a request on a
            // connection that Kestrel is closing.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
            kestrel.Limits.MinRequestBodyDataRate = MinDataRate;
            kestrel.Limits.MinResponseDataRate = MinDataRate;
        });

        // Received bytes that are not read yet, for each connection. The default is 1 MiB: 100 MiB for 100 uploads.
        services.Configure<SocketTransportOptions>(sockets => sockets.MaxReadBufferSize = 64 * 1024);

        // The framework has no default timeout.
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<RequestsOptions>>((timeouts, requests) =>
            timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = requests.Value.Timeout });
    }

    /// <summary>
    /// Sets Requests:MaxBodyBytes for every request; UseRouting replaces it if the route has a size limit of its own.
    /// Not in KestrelServerOptions: Build() creates these before the settings are validated.
    /// </summary>
    public static void UseBodySizeLimit(this WebApplication app)
    {
        var maxBytes = app.Services.GetRequiredService<IOptions<RequestsOptions>>().Value.MaxBodyBytes;

        app.Use((context, next) =>
        {
            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = maxBytes;

            return next(context);
        });
    }

    /// <summary>Cancels a request that exceeds its timeout, also while its body is being read.</summary>
    public static void UseRequestTimeouts(this WebApplication app)
    {
        RequestTimeoutsIApplicationBuilderExtensions.UseRequestTimeouts(app);

        // Reading JSON does not observe RequestAborted.
        app.Use(async (context, next) =>
        {
            await using var _ = context.RequestAborted.Register(() => context.Request.BodyReader.CancelPendingRead());

            await next(context);
        });
    }
}
