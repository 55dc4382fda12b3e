using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using MimeKit;

namespace ProdReady.Tests.Support;

/// <summary>Speaks as much SMTP (RFC 5321) as it takes to receive a mail.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, port: 0);
    private readonly Channel<MimeMessage> mails = Channel.CreateUnbounded<MimeMessage>();
    private readonly Task accepting;

    public SmtpServer()
    {
        listener.Start();
        accepting = Accept();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Hangs up on everybody.</summary>
    public bool Refuse { get; set; }

    public async Task<MimeMessage> NextMail() =>
        await mails.Reader.ReadAsync(Stories.Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting;
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                if (!Refuse)
                {
                    await Converse(client.GetStream());
                }
            }
        }
        catch (SocketException)
        {
            // The listener was stopped.
        }
    }

    private async Task Converse(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        await using var writer = new StreamWriter(stream, Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 ready");

        while (await reader.ReadLineAsync() is { } command)
        {
            if (command.StartsWith("DATA", StringComparison.Ordinal))
            {
                await writer.WriteLineAsync("354 go on");
                await mails.Writer.WriteAsync(await ReadMail(reader));
            }

            await writer.WriteLineAsync(command.StartsWith("QUIT", StringComparison.Ordinal) ? "221 bye" : "250 ok");
        }
    }

    private static async Task<MimeMessage> ReadMail(StreamReader reader)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line && line != ".")
        {
            text.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        return await MimeMessage.LoadAsync(new MemoryStream(Encoding.Latin1.GetBytes(text.ToString())));
    }
}
