using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ProdReady.Tests.Support;

/// <summary>A server in place of Sentry or an OpenTelemetry collector: records all request bodies.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> received = new();
    private readonly WebApplication server;

    private Collector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.Run(Receive);
    }

    /// <summary>The bodies, decompressed, as Latin-1.</summary>
    public IEnumerable<string> Received => received;

    public string Authority => new Uri(server.Urls.Single()).Authority;

    /// <summary>Reads the request and never answers.</summary>
    public bool Hangs { get; init; }

    public static async Task<Collector> Start(bool hangs = false)
    {
        var collector = new Collector { Hangs = hangs };
        await collector.server.StartAsync(Scenarios.Ct);

        return collector;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await server.StopAsync(atOnce.Token);
        await server.DisposeAsync();
    }

    private async Task Receive(HttpContext context)
    {
        var isZipped = context.Request.Headers.ContentEncoding == "gzip";
        await using var body = isZipped
            ? new GZipStream(context.Request.Body, CompressionMode.Decompress)
            : context.Request.Body;
        using var reader = new StreamReader(body, Encoding.Latin1);
        var text = await reader.ReadToEndAsync(context.RequestAborted);

        received.Enqueue(text);
        Output.Write(text);
        if (Hangs)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
    }
}
