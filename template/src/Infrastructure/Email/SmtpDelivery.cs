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

/// <summary>The mail is retried.</summary>
internal sealed class EmailDeferredException(string message, Refusal reason) : Exception(message)
{
    public Refusal Reason => reason;
}

/// <summary>A mailbox that is away is full, disabled or not ready. A set-up is wrong until it is corrected.</summary>
internal enum Refusal
{
    Temporary,
    MailboxAway,
    MailboxUnknownOrSetUpWrong,
    SetUpWrong,
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
            var status = EnhancedStatus().Match(refused.Message).Value.TrimStart('#');
            var text = $"{(int)refused.StatusCode} {status} {refused.ErrorCode}: {WordsOf(refused.Message, message)}"
                .Replace("  ", " ").TrimEnd(':', ' ');

            throw await ReasonOf(client, message, refused, status, ct) is { } reason
                ? new EmailDeferredException(text, reason)
                : new EmailRejectedException(text);
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
    // quota of the day. RFC 3463 has 5.1.x for addresses, but 5.1.7 and 5.1.8 are the sender's, 5.1.0 is any other
    // status of any address, and providers have own ones: 5.1.90 of Microsoft is the quota of the day. x.2.x is the
    // state of a mailbox. 5.6.7 is a non-ASCII address; servers without SMTPUTF8 have other answers as well.
    private static async Task<Refusal?> ReasonOf(
        Client client, MimeMessage message, SmtpCommandException refused, string status, CancellationToken ct)
    {
        var isNonAscii = message.To.Mailboxes.Single().IsInternational;

        return (refused.ErrorCode, (int)refused.StatusCode) switch
        {
            (RecipientNotAccepted, < 500) => Refusal.MailboxAway,
            (RecipientNotAccepted or MessageNotAccepted, _)
                when status is [_, '.', '2', '.', ..] => Refusal.MailboxAway,
            (_, < 500) => Refusal.Temporary,
            (RecipientNotAccepted or MessageNotAccepted, _)
                when status is "5.1.1" or "5.1.2" or "5.1.3" or "5.1.4" or "5.1.6" or "5.1.10"
                    || (isNonAscii && status is "5.6.7") => null,
            (RecipientNotAccepted, var code)
                when isNonAscii || (status is "" or "5.1.0" && code is 550 or 551 or 553) =>
                await client.Compare(message, ct),
            _ => Refusal.SetUpWrong,
        };
    }

    // What the server says, for the log: words alone, as the rest may be an address or a number that is new each time.
    private static string WordsOf(string text, MimeMessage message)
    {
        var address = Regex.Split(message.To.Mailboxes.Single().Address, @"[\W_\d]+");

        return string.Join(' ', Word().Matches(text).Select(word => word.Value)
            .Where(word => !address.Contains(word, StringComparer.OrdinalIgnoreCase)).Take(20));
    }

    [GeneratedRegex(@"^#?[245]\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex EnhancedStatus();

    [GeneratedRegex(@"(?<!\S)\p{L}{1,20}(?=[.,:;!]?(\s|$))")]
    private static partial Regex Word();

    private sealed class Client : SmtpClient
    {
        // Each domain has the mailbox postmaster (RFC 5321, section 4.5.1), so if that is refused, the app is. But some
        // servers take mails to it from any sender. One that takes mails to the sender's mailbox accepts the sender.
        public async Task<Refusal?> Compare(MimeMessage message, CancellationToken ct)
        {
            var from = message.From.Mailboxes.Single().GetAddress(idnEncode: true);
            var domain = message.To.Mailboxes.Single().GetAddress(idnEncode: true).Split('@')[^1];
            await SendCommandAsync($"MAIL FROM:<{from}>", ct);

            return !await Accepts($"postmaster@{domain}") ? Refusal.SetUpWrong
                : from.StartsWith("postmaster@", StringComparison.OrdinalIgnoreCase) || !await Accepts(from)
                    ? Refusal.MailboxUnknownOrSetUpWrong : null;

            async Task<bool> Accepts(string address) =>
                (await SendCommandAsync($"RCPT TO:<{address}>", ct)).StatusCode == SmtpStatusCode.Ok;
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
