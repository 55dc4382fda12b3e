using MailKit.Net.Smtp;
using ProdReady.Infrastructure.Email;

namespace ProdReady.Doctor;

/// <summary>Mail. Where no server is configured, D700 is all there is to say.</summary>
internal static class Delivery
{
    public static Task[] Checks(Examination app) =>
    [
        app.Check("D701", async (_, ct) =>
        {
            using var client = new SmtpClient();
            if (app.Settings<SmtpOptions>() is { Host.Length: > 0 } smtp)
            {
                await SmtpDelivery.Open(client, smtp, ct);
                await client.DisconnectAsync(quit: true, ct);
            }

            return null;
        }),
        app.Check("D702", () => app.Settings<SmtpOptions>() is { UseTls: false, ImplicitTls: not true, Host: var host }
            && LockedEndpoints.IsRemote(host)),
        app.Check("D703", () => !app.Settings<SmtpOptions>().From.Split('@')[^1].Contains('.')),
    ];
}
