using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>
/// A name server that takes every question and answers none, for processes that start through <see cref="Command"/>:
/// they have an /etc/resolv.conf and an /etc/hosts of their own.
/// </summary>
internal sealed class SilentNameServer : IDisposable
{
    // $0 is the folder, $@ the command. It replaces the shell, so signals reach it.
    private const string Script =
        """mount --bind "$0/resolv.conf" /etc/resolv.conf && mount --bind "$0/hosts" /etc/hosts && exec "$@" """;

    private readonly string folder = Directory.CreateTempSubdirectory("names-").FullName;
    // Each has its own of the sixteen million addresses of this machine.
    private readonly IPAddress address = new([127, 53, (byte)Random.Shared.Next(256), (byte)Random.Shared.Next(256)]);
    private readonly UdpClient socket;

    public SilentNameServer()
    {
        File.WriteAllText(Path.Combine(folder, "resolv.conf"), $"nameserver {address}\n");
        File.WriteAllText(Hosts, "127.0.0.1 localhost\n");
        socket = new UdpClient(new IPEndPoint(address, 53));
    }

    public string[] Command => ["unshare", "--mount", "sh", "-c", Script, folder];

    private string Hosts => Path.Combine(folder, "hosts");

    /// <summary>Whether this machine lets the tests have one: a low port and a mount namespace need root.</summary>
    public static bool IsPossible()
    {
        try
        {
            using var server = OperatingSystem.IsLinux() ? new SilentNameServer() : null;
            if (server is null)
            {
                return false;
            }

            using var attempt = Process.Start(server.Command[0], [.. server.Command[1..], "true"]);
            attempt.WaitForExit();

            return attempt.ExitCode == 0;
        }
        catch (Exception exception) when (exception is SocketException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>The name resolves from now on.</summary>
    public void Add(string name) => File.AppendAllText(Hosts, $"127.0.0.1 {name}\n");

    public void Dispose()
    {
        socket.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

internal sealed class NameServerFactAttribute(
    [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : NeedsFactAttribute(
        IsMet.Value,
        "PostgreSQL, Linux and root: a name server of its own for one process.",
        sourceFilePath,
        sourceLineNumber)
{
    private static readonly Lazy<bool> IsMet =
        new(() => TestPostgres.IsAvailable && SilentNameServer.IsPossible());
}
