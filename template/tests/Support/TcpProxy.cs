using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ProdReady.Tests.Support;

/// <summary>
/// A TCP proxy between an app and its database, which can break or block the connections, and counts the round trips.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, port: 0);
    private readonly ConcurrentDictionary<Link, bool> links = new();
    private readonly NpgsqlConnectionStringBuilder database;

    private int roundTrips;
    private volatile bool isDown;
    private volatile bool isHanging;

    private TcpProxy(string connectionString) => database = new NpgsqlConnectionStringBuilder(connectionString);

    /// <summary>Leads to the database through the proxy.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(database.ConnectionString)
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)listener.LocalEndpoint).Port,
    }.ConnectionString;

    /// <summary>How often an app sent something after an answer, however many commands it was.</summary>
    public int RoundTrips => roundTrips;

    public static TcpProxy To(string connectionString)
    {
        var proxy = new TcpProxy(connectionString);
        proxy.listener.Start();
        _ = proxy.Accept();

        return proxy;
    }

    /// <summary>As when the database is stopped: open connections break, and new ones are refused.</summary>
    public void Down()
    {
        isDown = true;
        BreakAll();
    }

    /// <summary>As when a firewall drops packets: connections stay open, and nothing arrives.</summary>
    public void Hang() => isHanging = true;

    public void Up()
    {
        BreakAll();
        isDown = isHanging = false;
    }

    public ValueTask DisposeAsync()
    {
        listener.Dispose();
        BreakAll();

        return ValueTask.CompletedTask;
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var link = new Link(await listener.AcceptSocketAsync());
                links.TryAdd(link, true);
                _ = Connect(link);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Connect(Link link)
    {
        try
        {
            if (!isDown)
            {
                await link.Database.ConnectAsync(database.Host!, database.Port);
                await Task.WhenAny(
                    Copy(link.App, link.Database, link, () => Interlocked.Add(ref roundTrips, link.TakeAnswer())),
                    Copy(link.Database, link.App, link, link.SetAnswer));
            }
        }
        catch (SocketException)
        {
            // Broken below.
        }

        links.TryRemove(link, out _);
        link.Break();
    }

    private async Task Copy(Socket from, Socket to, Link link, Action received)
    {
        var bytes = new byte[16_384];
        while (await from.ReceiveAsync(bytes) is > 0 and var count)
        {
            if (isHanging)
            {
                await link.Broken.Task;
            }

            received();
            await to.SendAsync(bytes.AsMemory(0, count));
        }
    }

    private void BreakAll()
    {
        foreach (var link in links.Keys)
        {
            link.Break();
        }
    }

    private sealed record Link(Socket App)
    {
        private int answers = 1;

        public Socket Database { get; } = new(SocketType.Stream, ProtocolType.Tcp);

        public TaskCompletionSource Broken { get; } = new();

        public void SetAnswer() => Interlocked.Exchange(ref answers, 1);

        /// <returns>1 for the first call after an answer, else 0.</returns>
        public int TakeAnswer() => Interlocked.Exchange(ref answers, 0);

        /// <summary>Closes with RST, without sending what is buffered.</summary>
        public void Break()
        {
            App.Close(timeout: 0);
            Database.Close(timeout: 0);
            Broken.TrySetResult();
        }
    }
}
