using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.RateLimiting;

/// <summary>A Redis of its own for a test, which can have it die, hang and come back.</summary>
internal sealed class TestRedis : IAsyncDisposable
{
    private const string Program = "redis-server";

    private readonly int port = Ports.Free();
    private readonly string password = $"{Guid.NewGuid():N}";

    private Process? process;

    private TestRedis() => Output.KeepSecret("Redis password", password);

    /// <summary>Whether there is one on the path. Where CI is set on Linux there has to be.</summary>
    public static bool IsAvailable { get; } =
        (Environment.GetEnvironmentVariable("CI") is { Length: > 0 } && OperatingSystem.IsLinux())
        || Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, Program)));

    public string ConnectionString => $"127.0.0.1:{port},password={password}";

    /// <summary>On a busy machine ten milliseconds are over soon. Here every call waits for its count.</summary>
    public string PatientConnectionString => $"{ConnectionString},asyncTimeout=10000";

    public static async Task<TestRedis> Started()
    {
        var redis = new TestRedis();
        await redis.Start();

        return redis;
    }

    public static TestRedis Stopped() => new();

    /// <summary>Empty, as after a failure without a copy on disk.</summary>
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
        await Eventual.Happens(Answers);
    }

    public async Task Stop()
    {
        process!.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Takes connections and answers nothing any more, as on a machine that is overloaded.</summary>
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
        await kill.WaitForExitAsync(Stories.Ct);
    }

    private async Task<bool> Answers()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, Stories.Ct);

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
