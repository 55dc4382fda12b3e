using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace ProdReady.Infrastructure.Email;

/// <summary>Returns once the mail is accepted, else throws.</summary>
internal interface IEmailDelivery
{
    Task Deliver(MimeMessage message, CancellationToken ct);
}

/// <summary>A permanent failure (5xx), such as an unknown mailbox: the mail is not retried.</summary>
internal sealed class EmailRejectedException(string message) : Exception(message);

/// <summary>A temporary failure: the mail is retried.</summary>
internal sealed class EmailDeferredException(string message) : Exception(message);

internal sealed class SmtpDelivery(IOptions<SmtpOptions> options) : IEmailDelivery
{
    public async Task Deliver(MimeMessage message, CancellationToken ct)
    {
        var smtp = options.Value;

        using var client = new SmtpClient();
        await Open(client, smtp, ct);

        try
        {
            await client.SendAsync(message, ct);
        }
        catch (SmtpCommandException refused)
        {
            // Not the server's text, which often repeats the address: this message is logged.
            var reason = $"{(int)refused.StatusCode} {refused.ErrorCode}";

            throw IsPermanent(refused) ? new EmailRejectedException(reason) : new EmailDeferredException(reason);
        }

        // The mail was accepted. MailKit ignores a server that closes the connection without answering QUIT.
        await client.DisconnectAsync(quit: true, ct);
    }

    /// <summary>Connects and signs in, as the settings say.</summary>
    public static async Task Open(SmtpClient client, SmtpOptions smtp, CancellationToken ct)
    {
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
    }

    // 5xx is permanent (RFC 5321, section 4.2.1). But a refused sender is a wrong setting, and can be corrected.
    private static bool IsPermanent(SmtpCommandException refused) =>
        (int)refused.StatusCode >= 500 && refused.ErrorCode != SmtpErrorCode.SenderNotAccepted;
}

internal sealed class SmtpOptions : IValidatableObject
{
    public const string Section = "Smtp";

    /// <summary>Empty, in Development only: mails are files in .data/mail.</summary>
    public string Host { get; init; } = "";

    [Range(1, 65535)]
    public int Port { get; init; } = 587;

    /// <summary>Empty: without authentication.</summary>
    public string UserName { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>The sender's address. Servers refuse one that does not belong to the user who signs in.</summary>
    public string From { get; init; } = "";

    /// <summary>Mails are sent only over TLS. False only for a server on the same machine.</summary>
    public bool UseTls { get; init; } = true;

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Host.Length == 0 && !context.GetRequiredService<IHostEnvironment>().IsDevelopment())
        {
            yield return new ValidationResult(
                $"{Section}:Host is missing; without a mail server no user can confirm an address.");
        }

        if (!MailboxAddress.TryParse(From, out var from) || from.Domain.Length == 0)
        {
            yield return new ValidationResult(
                $"{Section}:From must be the address that mails come from, such as noreply@app.example.");
        }

        if (UserName.Length > 0 != Password.Length > 0)
        {
            yield return new ValidationResult(
                $"{Section}:UserName and {Section}:Password go together; one of them is missing.");
        }
    }
}
