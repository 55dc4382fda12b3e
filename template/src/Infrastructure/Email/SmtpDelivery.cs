using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace ProdReady.Infrastructure.Email;

internal sealed class SmtpDelivery(IOptions<SmtpOptions> options) : IEmailDelivery
{
    public async Task Deliver(MimeMessage message, CancellationToken ct)
    {
        var smtp = options.Value;

        // A server that hangs would hold up every mail behind this one.
        using var client = new SmtpClient { Timeout = (int)TimeSpan.FromSeconds(30).TotalMilliseconds };
        var security = (smtp.UseTls, smtp.Port) switch
        {
            (false, _) => SecureSocketOptions.None,
            (true, 465) => SecureSocketOptions.SslOnConnect,
            (true, _) => SecureSocketOptions.StartTls,
        };

        await client.ConnectAsync(smtp.Host, smtp.Port, security, ct);
        if (smtp.UserName.Length > 0)
        {
            await client.AuthenticateAsync(smtp.UserName, smtp.Password, ct);
        }

        await client.SendAsync(message, ct);
        await client.DisconnectAsync(quit: true, ct);
    }
}
