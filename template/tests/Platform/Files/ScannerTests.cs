using System.Net;
using System.Net.Sockets;
using System.Text;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Files;

/// <summary>With a scanner, only a file that it calls clean is accepted.</summary>
public sealed class ScannerTests
{
    [ScannerFact]
    public async Task What_the_scanner_calls_malware_is_refused()
    {
        await using var clamd = await Clamd.Start();
        await using var app = await WithScanner(clamd.Port);
        using var client = await app.SignedInClient();
        var infected = Pictures.Png(60_000);
        Clamd.Marker.CopyTo(infected, 30_000);

        var clean = await client.Upload(AppWithUploads.Path, Pictures.Png(60_000));
        var refused = await client.Upload(AppWithUploads.Path, infected);

        Assert.Equal(HttpStatusCode.OK, clean.StatusCode);
        await refused.ShouldNameInvalid("file");
        Assert.Contains(app.Log.Lines, line => line.RenderMessage().Contains(Clamd.Malware));
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Fact]
    public async Task While_the_scanner_is_unreachable_each_file_is_refused()
    {
        await using var app = await WithScanner(port: 1);
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, Pictures.Photo);

        await ShouldBeUnavailable(response);
        Assert.Equal(LogEventLevel.Warning, Assert.Single(app.Log.Lines, IsWarningOfRequest).Level);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("stream: OK but what follows is not expected\0")]
    [InlineData("INSTREAM size limit exceeded. ERROR\0")]
    [InlineData("")]
    public async Task Without_a_clear_reply_of_the_scanner_a_file_is_refused(string? reply)
    {
        using var scanner = new TcpListener(IPAddress.Loopback, port: 0);
        scanner.Start();
        await using var app = await WithScanner(((IPEndPoint)scanner.LocalEndpoint).Port);
        using var client = await app.SignedInClient();

        var upload = client.Upload(AppWithUploads.Path, Pictures.Photo);
        using var connection = await scanner.AcceptTcpClientAsync(Scenarios.Ct);
        if (reply is not null)
        {
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(reply), Scenarios.Ct);
            connection.Client.Shutdown(SocketShutdown.Send);
        }

        await ShouldBeUnavailable(await upload);
        Assert.Equal(LogEventLevel.Warning, Assert.Single(app.Log.Lines, IsWarningOfRequest).Level);
    }

    private static async Task ShouldBeUnavailable(HttpResponseMessage response)
    {
        await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    private static bool IsWarningOfRequest(LogEvent line) =>
        line.TraceId is not null && line.Level > LogEventLevel.Information;

    private static Task<App> WithScanner(int port) => new AppWithUploads
    {
        ["ClamAv:Host"] = "127.0.0.1",
        ["ClamAv:Port"] = $"{port}",
        ["ClamAv:Timeout"] = "00:00:02",
    }.Started();
}
