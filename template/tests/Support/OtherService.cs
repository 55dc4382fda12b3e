using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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

    private OtherService(RequestDelegate behaviour, bool isHttps)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => _ = isHttps ? listen.UseHttps(Certificate()) : listen));
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

    public static async Task<OtherService> Start(RequestDelegate behaviour, bool isHttps = false)
    {
        var started = new OtherService(behaviour, isHttps);
        await started.server.StartAsync(Scenarios.Ct);

        return started;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await server.StopAsync(atOnce.Token);
        await server.DisposeAsync();
    }

    public static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(
            "CN=app.example", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
