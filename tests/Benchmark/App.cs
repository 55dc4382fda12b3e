using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ProdReadyTemplate.Benchmark;

/// <summary>One of the two apps, as a process with the settings of Production. Its log is read from a pipe.</summary>
internal sealed class App(string assembly, IReadOnlyDictionary<string, string> settings)
{
    private readonly string gauge = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}");
    private Process? process;

    public int Port { get; } = FreePort();

    public TimeSpan Cpu => Current.TotalProcessorTime;

    public long WorkingSet => Current.WorkingSet64;

    private Process Current
    {
        get
        {
            process!.Refresh();

            return process;
        }
    }

    public async Task Run(string command)
    {
        using var running = Launch(command);
        await running.WaitForExitAsync();
        if (running.ExitCode != 0)
        {
            throw new InvalidOperationException($"{assembly} {command} ended with {running.ExitCode}");
        }
    }

    /// <returns>The seconds until it was ready.</returns>
    public async Task<double> Start()
    {
        File.Delete(gauge);
        var watch = Stopwatch.StartNew();
        process = Launch("");
        using var client = new HttpClient();
        while (!await IsReady(client))
        {
            if (process.HasExited || watch.Elapsed > TimeSpan.FromMinutes(1))
            {
                throw new InvalidOperationException($"{assembly} did not become ready");
            }

            await Task.Delay(5);
        }

        return watch.Elapsed.TotalSeconds;
    }

    public async Task Stop()
    {
        using var kill = Process.Start("kill", $"-TERM {process!.Id}");
        await process.WaitForExitAsync();
        process.Dispose();
    }

    public long AllocatedBytes()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(gauge));
        var answer = new byte[sizeof(long)];
        socket.Receive(answer);

        return BitConverter.ToInt64(answer);
    }

    private Process Launch(string command)
    {
        var start = new ProcessStartInfo("dotnet", $"{assembly} {command}")
        {
            WorkingDirectory = Path.GetDirectoryName(assembly),
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Port}";
        if (command is "")
        {
            start.Environment["DOTNET_STARTUP_HOOKS"] =
                Path.Combine(Root.Find(), "tests/Benchmark/Gauge/bin/Release/net10.0/Gauge.dll");
            start.Environment["BENCHMARK_GAUGE"] = gauge;
        }

        var launched = Process.Start(start)!;
        _ = launched.StandardOutput.BaseStream.CopyToAsync(Stream.Null);

        return launched;
    }

    private async Task<bool> IsReady(HttpClient client)
    {
        try
        {
            return (await client.GetAsync($"http://127.0.0.1:{Port}/health/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // It is still starting.
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();

        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
