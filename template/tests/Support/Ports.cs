using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ProdReady.Tests.Support;

internal static class Ports
{
    // Bound until the run ends. Otherwise another test could get the port while its server is stopped.
    private static readonly ConcurrentBag<Socket> Kept = [];

    /// <summary>A free port, for servers that cannot choose one themselves.</summary>
    public static int Free()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (OperatingSystem.IsLinux())
        {
            // On Linux, with SO_REUSEADDR on both, a server can listen on a port that this socket has only bound, and
            // the port is given to no other socket. Other systems would refuse the server.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
            Kept.Add(socket);
        }

        socket.Bind(new IPEndPoint(IPAddress.Loopback, port: 0));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        if (!OperatingSystem.IsLinux())
        {
            socket.Dispose();
        }

        return port;
    }

    /// <summary>Whether a server listens on this port.</summary>
    public static async Task<bool> IsListening(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, Scenarios.Ct);

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
