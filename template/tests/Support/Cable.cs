using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ProdReady.Tests.Support;

/// <summary>The cable between an app and its database, for tests that pull it out.</summary>
internal sealed class Cable : IAsyncDisposable
{
    private readonly TcpListener plug = new(IPAddress.Loopback, port: 0);
    private readonly ConcurrentDictionary<Link, bool> links = new();
    private readonly NpgsqlConnectionStringBuilder database;

    private volatile bool isCut;
    private volatile bool isHanging;

    private Cable(string connectionString) => database = new NpgsqlConnectionStringBuilder(connectionString);

    /// <summary>Leads to the database by way of the cable.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(database.ConnectionString)
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)plug.LocalEndpoint).Port,
    }.ConnectionString;

    public static Cable To(string connectionString)
    {
        var cable = new Cable(connectionString);
        cable.plug.Start();
        _ = cable.Accept();

        return cable;
    }

    /// <summary>As a database that was stopped: what is open breaks, and nobody gets a new connection.</summary>
    public void Cut()
    {
        isCut = true;
        BreakAll();
    }

    /// <summary>As a firewall that has forgotten us: everything stays open, and nothing comes through.</summary>
    public void Hang() => isHanging = true;

    public void Mend()
    {
        BreakAll();
        isCut = isHanging = false;
    }

    public ValueTask DisposeAsync()
    {
        plug.Dispose();
        BreakAll();

        return ValueTask.CompletedTask;
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var link = new Link(await plug.AcceptSocketAsync());
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
            if (!isCut)
            {
                await link.Database.ConnectAsync(database.Host!, database.Port);
                await Task.WhenAny(Carry(link.App, link.Database, link), Carry(link.Database, link.App, link));
            }
        }
        catch (SocketException)
        {
            // Broken below.
        }

        links.TryRemove(link, out _);
        link.Break();
    }

    private async Task Carry(Socket from, Socket to, Link link)
    {
        var bytes = new byte[16_384];
        while (await from.ReceiveAsync(bytes) is > 0 and var count)
        {
            if (isHanging)
            {
                await link.Broken.Task;
            }

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
        public Socket Database { get; } = new(SocketType.Stream, ProtocolType.Tcp);

        public TaskCompletionSource Broken { get; } = new();

        /// <summary>At once and without a farewell (RST).</summary>
        public void Break()
        {
            App.Close(timeout: 0);
            Database.Close(timeout: 0);
            Broken.TrySetResult();
        }
    }
}
