using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>An app in which nothing is wrong, with all servers that it needs.</summary>
internal sealed class HealthyApp : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> servers = [];
    private readonly string folder = Directory.CreateTempSubdirectory("healthy-").FullName;
    private readonly TcpListener scanner = new(IPAddress.Loopback, port: 0);

    public Dictionary<string, string> Settings { get; } = new(Apps.ProductionSettings);

    public static async Task<HealthyApp> Start(int certificateDays)
    {
        var app = new HealthyApp();
        var site = app.Add(await TlsSite.Start(certificateDays));
        var mails = app.Add(MailServer.Start());
        var service = app.Add(await OtherService.Start(Answer));
        var role = app.Add(await LimitedRole.Create());
        app.scanner.Start();
        _ = app.AnswerScans();
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var metrics = Path.Combine(app.folder, "backup.prom");
        await File.WriteAllTextAsync(
            metrics,
            $"""
            # TYPE backup_last_success_timestamp_seconds gauge
            backup_last_success_timestamp_seconds {now}
            backup_last_verified_timestamp_seconds {now}

            """,
            Scenarios.Ct);

        foreach (var (key, value) in mails.Settings().Concat(new Dictionary<string, string>
        {
            ["SSL_CERT_FILE"] = site.CertificateFile,
            ["App:PublicUrl"] = site.Url,
            ["AllowedHosts"] = "localhost",
            ["BACKUP_PING_URL"] = service.Url,
            ["ClamAv:Host"] = "127.0.0.1",
            ["ClamAv:Port"] = $"{((IPEndPoint)app.scanner.LocalEndpoint).Port}",
            ["ConnectionStrings:Database"] = role.ConnectionString,
            ["Doctor:BackupMetrics"] = metrics,
            // On a busy machine.
            ["Doctor:Timeout"] = "00:01:00",
            // It depends on the machine of the test, and has a test of its own.
            ["Doctor:Accepted:0"] = "D303=the server of the test",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = service.Url,
            ["Proxy:KnownNetworks:0"] = "127.0.0.1/32",
            ["PwnedPasswords:BaseUrl"] = service.Url,
            //#if (S3)
            ["S3:Bucket"] = "files",
            ["S3:ServiceUrl"] = service.Url,
            ["S3:AccessKey"] = "key-of-the-store",
            ["S3:SecretKey"] = $"{Guid.NewGuid():N}",
            //#endif
            ["Sentry:Dsn"] = service.Url.Replace("//", "//key@") + "/1",
            ["Uploads:Directory"] = app.folder,
            ["Uploads:QuotaBytes"] = "10485760",
        }))
        {
            app.Settings[key] = value;
        }

        return app;
    }

    public Task<(int ExitCode, string[] Output, string[] Errors)> Examine(params string[] options) =>
        AppProcess.Run(Settings, ["doctor", .. options]);

    public async ValueTask DisposeAsync()
    {
        scanner.Dispose();
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    // Pwned Passwords, Sentry, a collector and, for the versions of a bucket, its store.
    private static Task Answer(HttpContext context) => context.Request.Query.ContainsKey("versioning")
        ? context.Response.WriteAsync("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        : context.Response.WriteAsync("{}");

    private async Task AnswerScans()
    {
        try
        {
            while (true)
            {
                using var client = await scanner.AcceptTcpClientAsync();
                await client.GetStream().ReadExactlyAsync(new byte["zINSTREAM\0".Length]);
                var length = new byte[4];
                do
                {
                    await client.GetStream().ReadExactlyAsync(length);
                    await client.GetStream().ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(length)]);
                }
                while (length.Any(part => part > 0));

                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("stream: OK\0"));
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private T Add<T>(T server)
        where T : IAsyncDisposable
    {
        servers.Add(server);

        return server;
    }
}
