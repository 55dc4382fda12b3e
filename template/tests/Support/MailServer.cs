using System.Collections.Concurrent;
using System.Net;
using MimeKit;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace ProdReady.Tests.Support;

/// <summary>A mail server on a port of its own, which can be down, slow, or refuse mails.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<MimeMessage> mails = new();
    private CancellationTokenSource? stop;
    private Task running = Task.CompletedTask;

    public int Port { get; } = Ports.Free();

    /// <summary>The mails that it has received, also those that it refused or did not answer.</summary>
    public IReadOnlyCollection<MimeMessage> Mails => mails;

    /// <summary>The answer to a mail that was received. The sender waits until it is there.</summary>
    public Func<MimeMessage, Task<SmtpResponse>> Answer { get; set; } = _ => Task.FromResult(SmtpResponse.Ok);

    /// <summary>Receives the mail, and closes the connection without an answer.</summary>
    public bool ClosesConnection { get; set; }

    /// <summary>Refuses every sender (MAIL FROM).</summary>
    public bool RefusesSender { get; set; }

    public static MailServer Start()
    {
        var server = new MailServer();
        server.Up();

        return server;
    }

    public void Up()
    {
        var services = new ServiceProvider();
        services.Add(new Store(this));
        services.Add(new Senders(this));
        var options = new SmtpServerOptionsBuilder()
            .Endpoint(endpoint => endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, Port)))
            .Build();
        stop = new CancellationTokenSource();
        running = new SmtpServer.SmtpServer(options, services).StartAsync(stop.Token);
    }

    public async Task Down()
    {
        await stop!.CancelAsync();
        await running;
    }

    /// <summary>Has an app send its mails through this server.</summary>
    public void Serve(App app)
    {
        foreach (var (key, value) in Settings())
        {
            app[key] = value;
        }
    }

    public Dictionary<string, string> Settings() => new()
    {
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:Port"] = $"{Port}",
        ["Smtp:UseTls"] = "false",
        ["Smtp:From"] = "noreply@app.example",
    };

    public async Task<MimeMessage> MailTo(string email)
    {
        await Eventual.Happens(() => mails.Any(mail => mail.To.ToString() == email));

        return mails.First(mail => mail.To.ToString() == email);
    }

    public async ValueTask DisposeAsync()
    {
        await Down();
        stop!.Dispose();
    }

    private sealed class Senders(MailServer server) : MailboxFilter
    {
        public override Task<bool> CanAcceptFromAsync(
            ISessionContext context, SmtpServer.Mail.IMailbox from, int size, CancellationToken ct) =>
            Task.FromResult(!server.RefusesSender);
    }

    private sealed class Store(MailServer server) : MessageStore
    {
        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context,
            IMessageTransaction transaction,
            System.Buffers.ReadOnlySequence<byte> buffer,
            CancellationToken ct)
        {
            using var stream = new MemoryStream(System.Buffers.BuffersExtensions.ToArray(buffer));
            var mail = await MimeMessage.LoadAsync(stream, ct);

            // MimeMessage parses its addresses on first access, and is not thread-safe then.
            _ = mail.To.Count;
            server.mails.Enqueue(mail);

            if (server.ClosesConnection)
            {
                context.Pipe!.Dispose();
            }

            return await server.Answer(mail).WaitAsync(ct);
        }
    }
}
