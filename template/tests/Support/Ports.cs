using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ProdReady.Tests.Support;

internal static class Ports
{
    // Until the run ends, or another test could be given the port while the server that it is for is down.
    private static readonly ConcurrentBag<Socket> Kept = [];

    /// <summary>One that nobody listens on at the moment, for servers that have to be told theirs.</summary>
    public static int Free()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (OperatingSystem.IsLinux())
        {
            // Linux lets a server with the same option listen where this socket is only bound (SO_REUSEADDR), and gives
            // the port to no socket that lets it choose. Other systems would refuse the server.
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
}
