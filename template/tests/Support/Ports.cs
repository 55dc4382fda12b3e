using System.Net;
using System.Net.Sockets;

namespace ProdReady.Tests.Support;

internal static class Ports
{
    /// <summary>One that nobody listens on at the moment, for servers that have to be told theirs.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();

        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
