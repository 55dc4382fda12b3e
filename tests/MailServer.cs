using System.Net;
using System.Net.Sockets;

namespace ProdReadyTemplate.Tests;

/// <summary>A mail server that takes every mail, and that can be stopped: then its port refuses connections.</summary>
internal sealed class MailServer
{
    private TcpListener? listener;

    public int Port { get; } = Project.FreePort();

    public void Start()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        _ = Serve(listener);
    }

    public void Stop() => listener?.Stop();

    private static async Task Serve(TcpListener listener)
    {
        try
        {
            while (true)
            {
                _ = Talk(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private static async Task Talk(TcpClient client)
    {
        using var connection = client;
        using var reader = new StreamReader(connection.GetStream());
        await using var writer = new StreamWriter(connection.GetStream()) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 ready");
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("DATA"))
            {
                await writer.WriteLineAsync("354 go on");
                while (await reader.ReadLineAsync() is not (null or "."))
                {
                }
            }

            await writer.WriteLineAsync(line.StartsWith("QUIT") ? "221 bye" : "250 ok");
        }
    }
}
