using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ProdReadyTemplate.Tests;

/// <summary>A build of a generated project that runs beside others, on one database.</summary>
internal sealed class Release(string program, string database)
{
    // The app's own timeouts are too short for a machine that compiles meanwhile.
    private const string Timeouts = "Timeout=30;Command Timeout=30;Options=-c lock_timeout=30s";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private readonly string folder = Path.GetDirectoryName(program)!;

    /// <summary>Settings beside those of all releases, as environment variables.</summary>
    public Dictionary<string, string?> Settings { get; } = new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["ConnectionStrings__Database"] = $"{database};{Timeouts}",
        ["Requests__Timeout"] = "00:01:00",
        ["PwnedPasswords__Enabled"] = "false",
        ["RateLimits__Api__PermitLimit"] = "1000000",
        ["RateLimits__Auth__PermitLimit"] = "1000000",
        ["RateLimits__Password__PermitLimit"] = "1000000",
    };

    /// <summary>The build that is in the project at this moment.</summary>
    public static Release Current(Project project, string database) =>
        new(Path.Combine(project.Folder, "src", "bin", "Debug", "net10.0", "Acme.Shop.dll"), database);

    /// <summary>A copy, which stays as it is when the project is built again.</summary>
    public static Release Keep(Project project, string name, string database)
    {
        // In the project, where it finds .env.
        var copy = Path.Combine(project.Folder, "releases", name);
        var built = Path.Combine(project.Folder, "src", "bin", "Debug", "net10.0");
        foreach (var file in Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return new Release(Path.Combine(copy, "Acme.Shop.dll"), database);
    }

    public Task<string> Migrate() => Cli.Run(folder, Settings, "dotnet", program, "migrate");

    public Process StartMigrating() => Cli.Start(folder, Settings, "dotnet", program, "migrate");

    /// <summary>Starts it, and waits until it is ready.</summary>
    public async Task<Instance> Start()
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var process = Cli.Start(folder, new(Settings) { ["ASPNETCORE_URLS"] = address }, "dotnet", program);
        var instance = new Instance(process, new HttpClient { BaseAddress = new Uri(address) });
        for (var started = Stopwatch.StartNew(); started.Elapsed < StartTimeout; await Task.Delay(100))
        {
            Assert.False(process.HasExited, "The app stopped.");
            if (await instance.IsReady())
            {
                return instance;
            }
        }

        await instance.DisposeAsync();
        throw new TimeoutException("The app did not become ready.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal sealed class Instance : IAsyncDisposable
    {
        private readonly Process process;
        private bool isStopped;

        public Instance(Process process, HttpClient client)
        {
            (this.process, Client) = (process, client);
            // The app blocks when the buffer of a pipe is full.
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public HttpClient Client { get; }

        public async Task<bool> IsReady()
        {
            try
            {
                using var answer = await Client.GetAsync("/health/ready");

                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (isStopped)
            {
                return;
            }

            isStopped = true;
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
            Client.Dispose();
        }
    }
}
