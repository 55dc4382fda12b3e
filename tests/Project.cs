using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>A generated project: builds it, tests it and starts it.</summary>
public sealed partial class Project(string folder)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    // Tests of the sample, of files and databases, and those that compare code, settings, documents and pages. The
    // other tests do not depend on a switch or a name, so it is enough that the template itself runs them.
    private static readonly string[] WhatDiffers =
    [
        "--filter-namespace",
        "*.Tests.Features",
        "*.Tests.Features.Greetings",
        "*.Tests.Features.Tickets",
        "*.Tests.Platform",
        "*.Tests.Platform.Database",
        "*.Tests.Platform.Files",
        "*.Tests.Platform.Hosting",
        "*.Tests.Platform.OpenApi",
        "*.Tests.Platform.Pages",
        "*.Tests.Platform.Requests",
        "--filter-not-class",
        "*CrashTests",
        "*CraftedFileTests",
        "*FileContentTests",
        "*FileNameTests",
        "*FuzzTests",
        "*MultipartTests",
        "*OutageTests",
        "*RawRequestTests",
        "*RequestLimitsTests",
        "*RefusedConnectionTests",
        "*RetryTests",
        "*RunningUploadsTests",
        "*ScannerTests",
        "*ShutdownTests",
        "*StartTests",
        "*TimeoutTests",
    ];

    public string Folder { get; } = folder;

    public string SigningKey => Env().Match(Read(".env")).Groups["key"].Value;

    public Task Build() => Cli.Dotnet(Folder, "build", "-warnaserror");

    /// <summary>Publishes in the folder of the solution, without further arguments.</summary>
    /// <returns>The folder of the published app.</returns>
    public async Task<string> Publish()
    {
        await Cli.Dotnet(Folder, "publish");

        return Path.Combine(Folder, "src", "bin", "Release", "net10.0", "publish");
    }

    /// <summary>Runs all tests of the project, on PostgreSQL with S3 or on SQLite.</summary>
    /// <returns>The number of tests that succeeded.</returns>
    public Task<int> Test(bool onPostgres) => Test(onPostgres, []);

    /// <summary>Runs the tests of the project that a switch or a name can break.</summary>
    /// <returns>The number of tests that succeeded.</returns>
    public Task<int> TestWhatDiffers(bool onPostgres) => Test(onPostgres, WhatDiffers);

    /// <summary>The same on PostgreSQL, with a schema that the next release has expanded.</summary>
    /// <param name="migration">A file with SQL.</param>
    /// <returns>The number of tests that succeeded.</returns>
    public Task<int> TestWhatDiffers(string migration) => Test(onPostgres: true, WhatDiffers, migration);

    /// <summary>Runs the tests of a few guarantees, on SQLite.</summary>
    /// <param name="guarantees">Their folders in tests/Platform.</param>
    public Task TestOnly(params string[] guarantees)
    {
        var folders = guarantees.Select(guarantee => $"*.Tests.Platform.{guarantee}");

        return Test(onPostgres: false, ["--filter-namespace", "*.Tests.Features", "*.Tests.Platform", .. folders]);
    }

    private async Task<int> Test(bool onPostgres, string[] filter, string? migration = null)
    {
        var environment = new Dictionary<string, string?>
        {
            ["TEST_POSTGRES"] = onPostgres ? Postgres.ConnectionString : null,
            ["TEST_S3"] = onPostgres && !Node.IsMissing ? S3.Bucket : null,
            ["TEST_NEXT_MIGRATION"] = migration,
            // Nothing listens there. With Docker, the tests would start PostgreSQL instead of using SQLite.
            ["DOCKER_HOST"] = "tcp://127.0.0.1:1",
        };
        // One project at a time, because they share the database server and the bucket. Others are built meanwhile.
        using var turn = await Turn.ToTest();
        var output = await Cli.Run(Folder, environment, "dotnet", ["test", "--no-build", .. filter]);

        var summary = Summary().Match(output);
        Assert.True(summary.Success, output);
        Assert.Equal("0", summary.Groups["failed"].Value);
        Assert.Equal(onPostgres, summary.Groups["skipped"].Value == "0");

        return int.Parse(summary.Groups["passed"].Value);
    }

    /// <summary>Starts the app as in the README, and waits until it is ready.</summary>
    public Task Run(string? database = null) =>
        WhileRunning(Unauthorized, new() { ["ConnectionStrings__Database"] = database });

    public async Task WhileRunning(Func<HttpClient, Task> visit, Dictionary<string, string?> settings)
    {
        string[] run = ["run", "--no-build", "--no-launch-profile", "--project", "src"];
        var address = $"http://127.0.0.1:{FreePort()}";
        var environment = new Dictionary<string, string?>(settings)
        {
            ["ASPNETCORE_URLS"] = address,
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
        };
        environment.TryAdd("App__PublicUrl", address);
        if (settings.GetValueOrDefault("ConnectionStrings__Database") is not null)
        {
            await Cli.Run(Folder, environment, "dotnet", [.. run, "--", "migrate"]);
        }

        using var app = Cli.Start(Folder, environment, "dotnet", run);
        // Both streams are read all the time: the app blocks when the buffer of a pipe is full.
        var output = app.StandardOutput.ReadToEndAsync();
        var errors = app.StandardError.ReadToEndAsync();
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(address) };
            await UntilReady(client, app, output, errors);
            await visit(client);
        }
        finally
        {
            app.Kill(entireProcessTree: true);
            await app.WaitForExitAsync();
        }
    }

    /// <summary>The files of the project, without the output of builds and runs.</summary>
    public IEnumerable<string> Files() => Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/'))
        .Where(file => !Made().IsMatch(file))
        .Order(StringComparer.Ordinal);

    public string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    private static async Task UntilReady(HttpClient client, Process app, Task<string> output, Task<string> errors)
    {
        var deadline = DateTime.UtcNow + StartTimeout;
        while (DateTime.UtcNow < deadline)
        {
            if (app.HasExited)
            {
                Assert.Fail("The app stopped: " + await output + await errors);
            }

            try
            {
                if (await client.GetStringAsync("/health/ready") == "Healthy")
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It is still starting.
            }

            await Task.Delay(200);
        }

        Assert.Fail("The app did not become ready.");
    }

    private static async Task Unauthorized(HttpClient client)
    {
        var response = await client.GetAsync("/api/v1/account");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    internal static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("^Jwt__SigningKeys__0=(?<key>.+?)\r?$", RegexOptions.Multiline)]
    private static partial Regex Env();

    [GeneratedRegex("(^|/)(bin|obj|TestResults|\\.git|\\.data)/")]
    private static partial Regex Made();

    [GeneratedRegex(@"failed: (?<failed>\d+)\s+succeeded: (?<passed>\d+)\s+skipped: (?<skipped>\d+)")]
    private static partial Regex Summary();
}
