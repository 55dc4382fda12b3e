using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Files;

/// <summary>A real clamd with one signature of our own, of a harmless text.</summary>
internal sealed class Clamd : IAsyncDisposable
{
    public const string Malware = "Harmless.Test";

    private readonly string folder = Directory.CreateTempSubdirectory("clamd-").FullName;
    private readonly Process process;

    private Clamd(int port)
    {
        Port = port;
        File.WriteAllText(
            Path.Combine(folder, "test.ndb"), $"{Malware}:0:*:{Convert.ToHexStringLower(Marker)}\n");
        File.WriteAllText(Path.Combine(folder, "clamd.conf"), $"""
            DatabaseDirectory {folder}
            TCPAddr 127.0.0.1
            TCPSocket {port}
            Foreground yes
            StreamMaxLength 1M
            """);
        process = Process.Start(new ProcessStartInfo("clamd", ["--config-file", Path.Combine(folder, "clamd.conf")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static bool IsThere => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Append("/usr/sbin")
        .Any(path => File.Exists(Path.Combine(path, "clamd")));

    public static byte[] Marker { get; } = "this text is harmless and the test calls it malware"u8.ToArray();

    public int Port { get; }

    public static async Task<Clamd> Start()
    {
        var clamd = new Clamd(Ports.Free());
        await Eventual.Happens(clamd.Answers);

        return clamd;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> Answers()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, Scenarios.Ct);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("zPING\0"), Scenarios.Ct);

            return client.GetStream().ReadByte() == 'P';
        }
        catch (SocketException)
        {
            // It still loads its signatures.
            return false;
        }
    }
}
