using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using static MailKit.Net.Smtp.SmtpErrorCode;

namespace ProdReady.Infrastructure.Email;

/// <summary>Returns once the mail is accepted, else throws.</summary>
internal interface IEmailDelivery
{
    Task Deliver(MimeMessage message, CancellationToken ct);
}

/// <summary>The mailbox does not exist: the mail is not retried.</summary>
internal sealed class EmailRejectedException(string message) : Exception(message);

/// <summary>The server refused for another reason: the mail is retried.</summary>
internal sealed class EmailDeferredException(string message, bool isPermanent) : Exception(message)
{
    /// <summary>Until the settings, or the account at the mail provider, are corrected.</summary>
    public bool IsPermanent => isPermanent;
}

internal sealed partial class SmtpDelivery(IOptions<SmtpOptions> options) : IEmailDelivery
{
    public async Task Deliver(MimeMessage message, CancellationToken ct)
    {
        using var client = new Client();
        try
        {
            await Open(client, options.Value, ct);
            await client.SendAsync(message, ct);
        }
        // A refused password is an AuthenticationException around the response.
        catch (Exception exception)
            when ((exception as SmtpCommandException ?? exception.InnerException) is SmtpCommandException refused)
        {
            var code = (int)refused.StatusCode;
            var status = EnhancedStatus().Match(refused.Message).Value.TrimStart('#');
            // Not the server's text, which often repeats the address: this message is logged.
            var reason = $"{code} {status} {refused.ErrorCode}".Replace("  ", " ");

            throw await IsAboutRecipient(client, message, refused, status, ct)
                ? new EmailRejectedException(reason)
                // 5.2.x is the state of a mailbox, such as full (RFC 3463): no operator of the app can change it.
                : new EmailDeferredException(reason, code >= 500 && status is not ['5', '.', '2', '.', ..]);
        }

        // The mail was accepted. MailKit ignores a server that closes the connection without answering QUIT.
        await client.DisconnectAsync(quit: true, ct);
    }

    /// <summary>Connects and signs in, as the settings say.</summary>
    public static async Task Open(SmtpClient client, SmtpOptions smtp, CancellationToken ct)
    {
        var security = smtp.ImplicitTls ?? (smtp.UseTls && smtp.Port == 465) ? SecureSocketOptions.SslOnConnect
            : smtp.UseTls ? SecureSocketOptions.StartTls
            : SecureSocketOptions.None;

        client.LocalDomain = smtp.LocalDomain;
        client.CheckCertificateRevocation = smtp.CheckRevocation;
        await client.ConnectAsync(smtp.Host, smtp.Port, security, ct);
        if (smtp.UserName.Length > 0)
        {
            await client.AuthenticateAsync(smtp.UserName, smtp.Password, ct);
        }
    }

    // A 5xx is permanent, but most are about this app: a refused EHLO, sender or password, a relay that is denied, the
    // quota of the day. RFC 3463 has 5.1.x for addresses, of which 5.1.7 and 5.1.8 are those of the sender, and 5.1.0
    // any other status of any address. 5.6.7 is a non-ASCII one; servers without SMTPUTF8 have other answers as well.
    private static async Task<bool> IsAboutRecipient(
        Client client, MimeMessage message, SmtpCommandException refused, string status, CancellationToken ct)
    {
        var isNonAscii = message.To.Mailboxes.Single().IsInternational;

        return (refused.ErrorCode, (int)refused.StatusCode) switch
        {
            (RecipientNotAccepted or MessageNotAccepted, >= 500)
                when status is ['5', '.', '1', '.', ..] and not ("5.1.0" or "5.1.7" or "5.1.8")
                    || (isNonAscii && status is "5.6.7") => true,
            (RecipientNotAccepted, >= 500 and var code)
                when isNonAscii || (status is "" or "5.1.0" && code is 550 or 551 or 553) =>
                await client.AcceptsPostmaster(message, ct),
            _ => false,
        };
    }

    [GeneratedRegex(@"^#?5\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex EnhancedStatus();

    private sealed class Client : SmtpClient
    {
        // Without an enhanced status code an unknown mailbox and a denied relay are the same answer. Each domain has
        // this mailbox (RFC 5321, section 4.5.1). Where it does not, the mail is only retried.
        public async Task<bool> AcceptsPostmaster(MimeMessage message, CancellationToken ct)
        {
            var domain = message.To.Mailboxes.Single().GetAddress(idnEncode: true).Split('@')[^1];
            await SendCommandAsync($"MAIL FROM:<{message.From.Mailboxes.Single().GetAddress(idnEncode: true)}>", ct);

            return (await SendCommandAsync($"RCPT TO:<postmaster@{domain}>", ct)).StatusCode == SmtpStatusCode.Ok;
        }
    }
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

    /// <summary>TLS from the first byte instead of STARTTLS. Null: on port 465.</summary>
    public bool? ImplicitTls { get; init; }

    /// <summary>Asks whether the certificate is revoked, online: a firewall that stops that stops all mails.</summary>
    public bool CheckRevocation { get; init; }

    /// <summary>For EHLO. Null: the IP address, which is that of the container.</summary>
    internal string? LocalDomain { get; set; }

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
