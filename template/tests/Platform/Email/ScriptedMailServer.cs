using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Email;

/// <summary>A mail server that answers in the words of a real one.</summary>
internal sealed class ScriptedMailServer : IAsyncDisposable
{
    private const string Extensions =
        "250-mail.example\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-AUTH PLAIN\r\n250 8BITMIME";

    private readonly TcpListener listener = new(IPAddress.Loopback, port: 0);
    private readonly ConcurrentQueue<string> commands = new();
    private readonly X509Certificate2? certificate;
    private readonly Task running;

    /// <param name="certificate">With one, TLS from the first byte.</param>
    public ScriptedMailServer(X509Certificate2? certificate = null)
    {
        this.certificate = certificate;
        listener.Start();
        running = Accept();
    }

    /// <summary>The response to a command, and to the dot that ends a mail; null: it is accepted.</summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    public IReadOnlyCollection<string> Commands => commands;

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public SmtpOptions Options(bool isSecure = false, bool? implicitTls = null, bool checksRevocation = false) => new()
    {
        Host = "127.0.0.1",
        Port = Port,
        From = "noreply@app.example",
        UserName = "app",
        Password = "a password of the mail server",
        UseTls = isSecure,
        ImplicitTls = implicitTls,
        CheckRevocation = checksRevocation,
    };

    public void Serve(App app)
    {
        app["Smtp:Host"] = "127.0.0.1";
        app["Smtp:Port"] = $"{Port}";
        app["Smtp:UseTls"] = "false";
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await running;
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                _ = Talk(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task Talk(TcpClient connection)
    {
        using var client = connection;
        try
        {
            await using Stream stream = certificate is null
                ? connection.GetStream()
                : new SslStream(connection.GetStream());
            if (stream is SslStream tls)
            {
                await tls.AuthenticateAsServerAsync(certificate!);
            }

            using var reader = new StreamReader(stream, Encoding.UTF8);
            await using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 mail.example ESMTP");
            var isMail = false;
            while (await reader.ReadLineAsync() is { } line)
            {
                if (isMail && line != ".")
                {
                    continue;
                }

                isMail = false;
                commands.Enqueue(line);
                var answer = Answer(line) ?? Accepted(line);
                isMail = answer.StartsWith("354");
                await writer.WriteLineAsync(answer);
            }
        }
        catch (IOException)
        {
            // The client has closed the connection.
        }
    }

    private static string Accepted(string command) => command.Split(' ')[0] switch
    {
        "EHLO" => Extensions,
        "AUTH" => "235 2.7.0 Authentication successful",
        "DATA" => "354 End data with <CR><LF>.<CR><LF>",
        "QUIT" => "221 2.0.0 Bye",
        _ => "250 2.0.0 OK",
    };
}
