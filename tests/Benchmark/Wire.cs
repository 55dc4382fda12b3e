using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ProdReadyTemplate.Benchmark;

/// <summary>
/// A proxy in front of PostgreSQL that counts what an app sends: commands, with BEGIN and COMMIT, and round trips. A
/// round trip is what the app sends after the server has answered, however many commands are in it.
/// </summary>
internal sealed class Wire : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, port: 0);
    private readonly string host;
    private readonly int port;
    private int commands;
    private int roundTrips;

    public Wire(string host, int port)
    {
        (this.host, this.port) = (host, port);
        listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public (int Commands, int RoundTrips) Counts => (commands, roundTrips);

    public void Dispose() => listener.Dispose();

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                _ = Connect(await listener.AcceptSocketAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The count is over.
        }
    }

    private async Task Connect(Socket app)
    {
        using var _ = app;
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(host, port);
        var isAnswered = true;
        var messages = new Messages();
        await Task.WhenAny(
            Copy(app, server, bytes =>
            {
                Interlocked.Add(ref commands, messages.CommandsIn(bytes));
                Interlocked.Add(ref roundTrips, isAnswered ? 1 : 0);
                isAnswered = false;
            }),
            Copy(server, app, _ => isAnswered = true));
    }

    private static async Task Copy(Socket from, Socket to, Action<ReadOnlyMemory<byte>> count)
    {
        var bytes = new byte[65_536];
        while (await from.ReceiveAsync(bytes) is > 0 and var length)
        {
            count(bytes.AsMemory(0, length));
            await to.SendAsync(bytes.AsMemory(0, length));
        }
    }

    // Each message is its type, four bytes with its length, and the rest; only the first has no type.
    // https://www.postgresql.org/docs/current/protocol-message-formats.html
    private sealed class Messages
    {
        private readonly List<byte> rest = [];
        private int header = sizeof(int);

        public int CommandsIn(ReadOnlyMemory<byte> bytes)
        {
            rest.AddRange(bytes.Span);
            var found = 0;
            var all = rest.ToArray().AsSpan();
            while (all.Length >= header)
            {
                var typeLength = header - sizeof(int);
                var length = typeLength + BinaryPrimitives.ReadInt32BigEndian(all[typeLength..]);
                if (all.Length < length)
                {
                    break;
                }

                // Execute, or a simple query.
                found += typeLength == 1 && all[0] is (byte)'E' or (byte)'Q' ? 1 : 0;
                all = all[length..];
                header = 1 + sizeof(int);
            }

            rest.RemoveRange(0, rest.Count - all.Length);

            return found;
        }
    }
}
