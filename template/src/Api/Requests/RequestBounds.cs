using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using ProdReady.Application;

namespace ProdReady.Api.Requests;

/// <summary>
/// No client takes more than its share of time, memory and connections. docs/limits.md lists every bound. A route that
/// needs more says so: <c>WithRequestTimeout</c>, <c>WithMetadata(new RequestSizeLimitAttribute(…))</c>.
/// </summary>
internal static class RequestBounds
{
    // Headers are small. Who sends them a byte at a time wants to hold the connection.
    private static readonly TimeSpan HeadersPatience = TimeSpan.FromSeconds(15);

    // Longer than proxies keep a connection (nginx 60 s, AWS 60 s). The other way round one would send a request into a
    // connection that is just being closed here.
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(130);

    // Bytes a second, once five seconds have passed.
    private static readonly MinDataRate SlowestPace = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    public static void AddRequestBounds(this IServiceCollection services)
    {
        services.AddSettings<RequestsOptions>(RequestsOptions.Section);

        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.RequestHeadersTimeout = HeadersPatience;
            kestrel.Limits.KeepAliveTimeout = IdleConnection;
            kestrel.Limits.MinRequestBodyDataRate = SlowestPace;
            kestrel.Limits.MinResponseDataRate = SlowestPace;
        });

        // What has arrived and is not read yet. The default of 1 MiB, times a hundred uploads, is a lot of memory.
        services.Configure<SocketTransportOptions>(sockets => sockets.MaxReadBufferSize = 64 * 1024);

        // The framework has no time-out of its own.
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<RequestsOptions>>((timeouts, requests) =>
            timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = requests.Value.Timeout });
    }

    /// <summary>For every request; routing, which comes later, knows of routes that take more.</summary>
    public static void UseBodyLimit(this WebApplication app)
    {
        var maxBytes = app.Services.GetRequiredService<IOptions<RequestsOptions>>().Value.MaxBodyBytes;

        app.Use((context, next) =>
        {
            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = maxBytes;

            return next(context);
        });
    }

    /// <summary>Gives up what takes too long, also where that is the body on its way.</summary>
    public static void UseTimeLimit(this WebApplication app)
    {
        app.UseRequestTimeouts();

        // Whoever reads JSON does not look at the token.
        app.Use(async (context, next) =>
        {
            await using var _ = context.RequestAborted.Register(() => context.Request.BodyReader.CancelPendingRead());

            await next(context);
        });
    }
}
