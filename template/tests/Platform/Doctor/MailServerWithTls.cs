using System.Net;
using ProdReady.Tests.Support;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>A mail server that requires a user, and offers STARTTLS with a certificate that is not trusted.</summary>
internal sealed class MailServerWithTls : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    private MailServerWithTls(string userName, string password)
    {
        var options = new SmtpServerOptionsBuilder()
            .Endpoint(endpoint => endpoint
                .Endpoint(new IPEndPoint(IPAddress.Loopback, Port))
                .AllowUnsecureAuthentication()
                .AuthenticationRequired()
                .Certificate(TlsSite.Certificate(days: 90, "127.0.0.1")))
            .Build();
        var services = new ServiceProvider();
        services.Add(new DelegatingUserAuthenticator((_, user, given) => (user, given) == (userName, password)));
        running = new SmtpServer.SmtpServer(options, services).StartAsync(stop.Token);
    }

    public int Port { get; } = Ports.Free();

    public static MailServerWithTls Start(string userName, string password) => new(userName, password);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }
}
