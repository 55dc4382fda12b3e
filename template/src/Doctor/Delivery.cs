using MailKit.Net.Smtp;
using MimeKit;
using ProdReady.Infrastructure.Email;

namespace ProdReady.Doctor;

/// <summary>Mail. Where no server is configured, D700 is all there is to say.</summary>
internal static class Delivery
{
    public static Check[] Checks(ExaminedApp app) =>
    [
        new("D701", async ct =>
        {
            using var client = new SmtpClient();
            if (app.Settings<SmtpOptions>() is { Host.Length: > 0 } smtp)
            {
                await SmtpDelivery.Open(client, smtp, ct);
                await client.DisconnectAsync(quit: true, ct);
            }

            return null;
        }),
        new("D702", () => app.Settings<SmtpOptions>() is { UseTls: false } smtp && LockedEndpoints.IsRemote(smtp.Host)),
        new("D703", () => !MailboxAddress.Parse(app.Settings<SmtpOptions>().From).Domain.Contains('.')),
    ];
}
