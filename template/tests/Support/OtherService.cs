using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ProdReady.Tests.Support;

/// <summary>A server in place of a third-party service.</summary>
internal sealed class OtherService : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> requests = new();
    private readonly WebApplication server;

    private OtherService(RequestDelegate behaviour)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.Run(context =>
        {
            requests.Enqueue(context.Request.Path);

            return behaviour(context);
        });
    }

    /// <summary>The paths of the requests.</summary>
    public IReadOnlyCollection<string> Requests => requests;

    public string Url => server.Urls.Single();

    public static async Task<OtherService> Start(RequestDelegate behaviour)
    {
        var started = new OtherService(behaviour);
        await started.server.StartAsync(Scenarios.Ct);

        return started;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await server.StopAsync(atOnce.Token);
        await server.DisposeAsync();
    }
}
