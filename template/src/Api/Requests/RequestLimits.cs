using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace ProdReady.Api.Requests;

/// <summary>
/// Limits of time, memory and connections for each request; docs/limits.md lists them. A route can raise its own:
/// <c>WithRequestTimeout</c>, <c>WithMetadata(new RequestSizeLimitAttribute(…))</c>.
/// </summary>
internal static class RequestLimits
{
    private const long MaxDrainedBytes = 64 * 1024 * 1024;

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

    /// <summary>
    /// Reads and discards the rest of a body that is refused, and only then answers. Kestrel would close the
    /// connection at once or after 5 seconds, and TCP would send a reset, which takes the answer away from a client, or
    /// a proxy such as Caddy, that sends the whole body first. HTTP/2 ends a stream without its connection.
    /// </summary>
    public static void UseBodyDrain(this WebApplication app) => app.Use((context, next) =>
    {
        // Before EnableBuffering replaces it.
        var body = context.Request.BodyReader;
        context.Response.OnStarting(() => Drain(context, body));

        return next(context);
    });

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

    private static async Task Drain(HttpContext context, PipeReader body)
    {
        var request = context.Request;
        var limit = context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        // With Expect: 100-continue the client does not send the body before it is read. A GET has none, and an alert
        // watches how long it takes.
        if (context.Response.StatusCode is < 400 or 408 or (>= 500 and not 507)
            || HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
            || !request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal)
            || (request.Headers.Expect.Count > 0 && !limit.IsReadOnly)
            || !(request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0))
        {
            return;
        }

        if (!limit.IsReadOnly)
        {
            limit.MaxRequestBodySize = MaxDrainedBytes;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(TimeSpan.FromSeconds(10));
        if (!await TryDiscard(body, [], timeout.Token))
        {
            // Kestrel reads no more of the body, so the rest is taken from the connection.
            var connection = context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport;
            await TryDiscard(connection.Input, [.. "0\r\n\r\n"u8], timeout.Token);
        }
    }

    /// <param name="end">What ends a chunked body. If it only happens to end a packet, the client sees a reset.</param>
    /// <returns>False if Kestrel refuses to read on, because the body is too large.</returns>
    private static async Task<bool> TryDiscard(PipeReader body, byte[] end, CancellationToken ct)
    {
        try
        {
            for (var left = MaxDrainedBytes; left > 0;)
            {
                var read = await body.ReadAsync(ct);
                var last = read.Buffer.Slice(Math.Max(0, read.Buffer.Length - end.Length));
                var isEnd = read.IsCompleted || (end.Length > 0 && last.ToArray().SequenceEqual(end));
                left = isEnd ? 0 : left - read.Buffer.Length;
                body.AdvanceTo(last.Start, read.Buffer.End);
            }

            return true;
        }
        catch (Exception exception) when (exception
            is OperationCanceledException or IOException or InvalidOperationException)
        {
            // Else the time is over, the client has disconnected, or reading was cancelled before.
            return exception is not BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge };
        }
    }
}
