using System.Diagnostics;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.RateLimiting;

/// <summary>A Redis process of one test, which can stop it, hang it and start it again.</summary>
internal sealed class TestRedis : IAsyncDisposable
{
    private const string Program = "redis-server";

    private readonly int port = Ports.Free();
    private readonly string password = $"{Guid.NewGuid():N}";

    private Process? process;

    private TestRedis() => Output.KeepSecret("Redis password", password);

    /// <summary>Whether redis-server is on the PATH. In CI on Linux it has to be.</summary>
    public static bool IsAvailable { get; } =
        (Environment.GetEnvironmentVariable("CI") is { Length: > 0 } && OperatingSystem.IsLinux())
        || Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, Program)));

    public string ConnectionString => $"127.0.0.1:{port},password={password}";

    /// <summary>Every call waits for its count: the default of 10 ms is too short for a busy machine.</summary>
    public string ConnectionStringWithoutTimeout => $"{ConnectionString},asyncTimeout=10000";

    public static async Task<TestRedis> Started()
    {
        var redis = new TestRedis();
        await redis.Start();

        return redis;
    }

    public static TestRedis Stopped() => new();

    /// <summary>Starts it empty, as after a failure without persistence.</summary>
    public async Task Start()
    {
        process = Process.Start(new ProcessStartInfo(
            Program,
            ["--bind", "127.0.0.1", "--port", $"{port}", "--requirepass", password, "--save", "", "--appendonly", "no"])
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
        })!;
        process.BeginOutputReadLine();
        await Eventual.Happens(() => Ports.IsListening(port));
    }

    public async Task Stop()
    {
        process!.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGSTOP: the kernel still accepts connections, but nothing is answered.</summary>
    public Task Hang() => Signal("STOP");

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            await Stop();
        }

        process?.Dispose();
    }

    private async Task Signal(string name)
    {
        using var kill = Process.Start("kill", $"-{name} {process!.Id}");
        await kill.WaitForExitAsync(Scenarios.Ct);
    }
}
