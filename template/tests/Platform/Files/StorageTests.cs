using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProdReady.Api.Files;
using ProdReady.Application.Files;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Files;

/// <summary>What uploads need from others, and what happens while they do not get it.</summary>
public sealed class StorageTests
{
    private const string Files = "/probe/files";

    [Fact]
    public async Task While_the_disk_is_full_uploads_are_refused_and_nothing_else_is()
    {
        using var disk = SmallDisk.Mount();
        await using var app = await With("Uploads:Directory", disk.Folder).Started();
        using var client = await app.SignedInClient();

        var full = await client.Upload(Files, Pictures.Png(2 * 1024 * 1024));
        var ready = await client.Get("/health/ready");
        var small = await client.Upload(Files, Pictures.Photo);

        await full.ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
        await Eventual.Happens(() => Directory.GetFiles(Path.Combine(disk.Folder, "incoming")).Length == 0);
    }

    [ScannerFact]
    public async Task What_the_scanner_calls_malware_is_refused()
    {
        await using var clamd = await Clamd.Start();
        await using var app = await With("ClamAv:Host", "127.0.0.1", "ClamAv:Port", $"{clamd.Port}").Started();
        using var client = await app.SignedInClient();
        var infected = Pictures.Png(100_000);
        Clamd.Marker.CopyTo(infected, 50_000);

        var clean = await client.Upload(Files, Pictures.Png(100_000));
        var refused = await client.Upload(Files, infected);

        Assert.Equal(HttpStatusCode.OK, clean.StatusCode);
        await refused.ShouldNameInvalid("file");
        Assert.Contains(app.Log.Lines, line => line.RenderMessage().Contains(Clamd.Malware));
        await Eventual.Happens(() => Directory.GetFiles(Incoming(app)).Length == 0);
    }

    [Fact]
    public async Task While_the_scanner_is_away_no_file_is_let_in()
    {
        await using var app = await With("ClamAv:Host", "127.0.0.1", "ClamAv:Port", "1").Started();
        using var client = await app.SignedInClient();

        var response = await client.Upload(Files, Pictures.Photo);

        await ShouldBeUnavailable(response);
        Assert.Equal(LogEventLevel.Warning, Assert.Single(app.Log.Lines, IsAlarming).Level);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("stream: OK but what follows is not expected\0")]
    [InlineData("INSTREAM size limit exceeded. ERROR\0")]
    [InlineData("")]
    public async Task A_scanner_without_a_clear_answer_lets_no_file_in(string? answer)
    {
        using var scanner = new TcpListener(IPAddress.Loopback, port: 0);
        scanner.Start();
        var port = ((IPEndPoint)scanner.LocalEndpoint).Port;
        await using var app = await With(
            "ClamAv:Host", "127.0.0.1", "ClamAv:Port", $"{port}", "ClamAv:Timeout", "00:00:02").Started();
        using var client = await app.SignedInClient();

        var upload = client.Upload(Files, Pictures.Photo);
        using var asked = await scanner.AcceptTcpClientAsync(Stories.Ct);
        if (answer is not null)
        {
            await asked.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), Stories.Ct);
            asked.Client.Shutdown(SocketShutdown.Send);
        }

        await ShouldBeUnavailable(await upload);
        Assert.Equal(LogEventLevel.Warning, Assert.Single(app.Log.Lines, IsAlarming).Level);
    }

    [Theory]
    [InlineData("Development", "")]
    [InlineData("Production", "app")]
    public async Task The_folder_of_a_solution_counts_in_Development_only(string environment, string root)
    {
        var solution = Directory.CreateTempSubdirectory("solution-");
        await File.WriteAllTextAsync(Path.Combine(solution.FullName, "Shop.slnx"), "<Solution />", Stories.Ct);
        var folder = solution.CreateSubdirectory("app").FullName;
        await using (var app = new App { Environment = environment, Folder = folder })
        {
            foreach (var (key, value) in Apps.ProductionSettings)
            {
                app[key] = value;
            }

            await app.InitializeAsync();

            var uploads = app.Services.GetRequiredService<IOptions<UploadsOptions>>().Value;
            Assert.Equal(Path.Combine(solution.FullName, root, ".data", "uploads"), uploads.Directory);
        }

        solution.Delete(recursive: true);
    }

    private static async Task ShouldBeUnavailable(HttpResponseMessage response)
    {
        await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    private static bool IsAlarming(LogEvent line) =>
        line.TraceId is not null && line.Level > LogEventLevel.Information;

    private static string Incoming(App app) => Path.Combine(app.Folder, ".data", "uploads", "incoming");

    private static App With(params string[] settings)
    {
        var app = new App
        {
            Routes = routes => routes.MapPost(Files, (FileUpload file) => TypedResults.Ok(file.File)).AcceptsFile(),
        };
        foreach (var setting in settings.Chunk(2))
        {
            app[setting[0]] = setting[1];
        }

        return app;
    }
}
