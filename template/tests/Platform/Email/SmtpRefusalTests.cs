using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using Microsoft.Extensions.Options;
using MimeKit;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using Serilog.Events;
using static ProdReady.Tests.Platform.Email.OutboxScenarios;

namespace ProdReady.Tests.Platform.Email;

/// <summary>What mail servers and providers answer when they refuse a mail, and whose fault it is.</summary>
public sealed class SmtpRefusalTests
{
    private const string Recipient = "ada@shop.example";
    private const string NonAscii = "\u00FC@shop.example";

    [Theory]
    [InlineData("RCPT", "550 5.1.1 <ada@shop.example>: Recipient address rejected: User unknown in virtual table")]
    [InlineData("RCPT", "550-5.1.1 The email account that you tried to reach does not exist.\r\n550 5.1.1 Learn more")]
    [InlineData("RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup")]
    [InlineData("RCPT", "553 5.1.2 We weren't able to find the recipient domain.")]
    [InlineData("RCPT", "550 #5.1.0 Address rejected.")]
    [InlineData("RCPT", "550 Unknown user")]
    [InlineData("RCPT", "551 User not local")]
    [InlineData("RCPT", "553 Mailbox name not allowed")]
    [InlineData(".", "550 5.1.1 No such user here")]
    [InlineData("RCPT", "553 5.6.7 Address requires SMTPUTF8", NonAscii)]
    [InlineData("RCPT", "500 5.5.2 Syntax error", NonAscii)]
    [InlineData("RCPT", "501 Syntax error in parameters or arguments", NonAscii)]
    [InlineData("RCPT", "554 Invalid characters in the address", NonAscii)]
    [InlineData(".", "554 5.6.7 The next server does not support SMTPUTF8", NonAscii)]
    public async Task About_the_mailbox(string command, string answer, string recipient = Recipient)
    {
        await using var server = new ScriptedMailServer();
        server.Answer = line => line.StartsWith(command) && !line.Contains("postmaster") && !line.Contains("noreply")
            ? answer
            : null;

        await Assert.ThrowsAsync<EmailRejectedException>(() => Deliver(server, recipient));
    }

    [Theory]
    [InlineData("EHLO,HELO", "504 5.5.2 <c0ffee123456>: Helo command rejected: need fully-qualified hostname")]
    [InlineData("EHLO,HELO", "550 Access denied - Invalid HELO name")]
    [InlineData("AUTH", "535 5.7.8 Username and Password not accepted")]
    [InlineData("MAIL", "550 5.7.1 The from address does not match a verified Sender Identity")]
    [InlineData("MAIL", "550 5.1.1 Sender unknown")]
    [InlineData("RCPT", "554 5.7.1 <ada@shop.example>: Relay access denied")]
    [InlineData("RCPT", "550 5.7.1 Unable to relay")]
    [InlineData("RCPT", "550 5.7.60 SMTP; Client does not have permissions to send as this sender")]
    [InlineData("RCPT", "550 5.1.8 <noreply@app.example>: Sender address rejected: Domain not found")]
    [InlineData("RCPT", "554 5.1.0 <noreply@app.example>: Sender address rejected")]
    [InlineData(".", "550 5.1.0 Sender denied")]
    [InlineData("RCPT", "553 5.1.7 The sender's address is not valid")]
    [InlineData("RCPT", "504 5.5.2 <c0ffee123456>: Helo command rejected: need fully-qualified hostname")]
    [InlineData("RCPT", "550 relay not permitted")]
    [InlineData("RCPT", "553 sorry, that domain isn't in my list of allowed rcpthosts")]
    [InlineData("RCPT", "550 5.1.90 Your message can't be sent because you've reached your daily limit for recipients")]
    [InlineData("RCPT", "550 5.1.20 Multiple From addresses")]
    [InlineData("RCPT", "554 Service unavailable; Client host [203.0.113.7] blocked")]
    [InlineData(".", "554 Message rejected: Email address is not verified.")]
    [InlineData(".", "550 5.4.5 Daily user sending limit exceeded.")]
    [InlineData(".", "550 Maximum credits exceeded")]
    [InlineData(".", "552 5.7.0 This message was blocked because its content presents a potential security issue.")]
    [InlineData(".", "554 5.6.7 Address requires SMTPUTF8")] // that of the sender
    [InlineData("RCPT", "554 5.7.1 Relay access denied", NonAscii)]
    public async Task About_the_set_up_of_the_app(string command, string answer, string recipient = Recipient)
    {
        await using var server = new ScriptedMailServer();
        server.Answer = line => command.Split(',').Any(line.StartsWith) ? answer : null;

        var deferred = await Assert.ThrowsAsync<EmailDeferredException>(() => Deliver(server, recipient));

        Assert.Equal(Refusal.SetUpWrong, deferred.Reason);
        Assert.StartsWith(answer[..3], deferred.Message);
        Assert.DoesNotContain(recipient, deferred.Message);
    }

    [Theory]
    [InlineData("EHLO", "421 4.7.0 Try again later", false)]
    [InlineData("AUTH", "454 4.7.0 Temporary authentication failure", false)]
    [InlineData("RCPT", "450 4.2.0 <ada@shop.example>: Recipient address rejected: Greylisted")]
    [InlineData("RCPT", "450 4.1.1 Unverified address")]
    [InlineData("RCPT", "452 4.2.2 The email account that you tried to reach is over quota.")]
    [InlineData("RCPT", "552 5.2.2 Mailbox full")]
    [InlineData("RCPT", "550 5.2.1 The email account that you tried to reach is inactive.")]
    [InlineData(".", "451 4.3.0 Temporary failure", false)]
    [InlineData(".", "552 5.2.2 The recipient's inbox is out of storage space.")]
    public async Task Temporary_or_about_a_mailbox_that_is_away(string command, string answer, bool isMailbox = true)
    {
        await using var server = new ScriptedMailServer();
        server.Answer = line => line.StartsWith(command) || (command == "EHLO" && line.StartsWith("HELO"))
            ? answer
            : null;

        var deferred = await Assert.ThrowsAsync<EmailDeferredException>(() => Deliver(server));

        Assert.Equal(isMailbox ? Refusal.MailboxAway : Refusal.Temporary, deferred.Reason);
    }

    [Theory]
    [InlineData("RCPT", "550 relay not permitted")]
    [InlineData(".", "550 5.4.5 Daily user sending limit exceeded.")]
    public async Task A_refusal_of_every_mail_is_one_error_and_loses_none(string command, string answer)
    {
        await using var server = new ScriptedMailServer();
        server.Answer = line => line.StartsWith(command) ? answer : null;
        var app = new App();
        server.Serve(app);
        await using var started = await app.Started();

        await app.Queue(Mails(3));
        await Eventual.Happens(() => app.FailedAttempts().Count() >= 6);
        Assert.False(await app.HasGivenUp());
        Assert.Single(app.Log.Lines, line => line.Level >= LogEventLevel.Error);
        server.Answer = _ => null;
        await Eventual.Happens(async () => await app.Queued() == 0);

        // It was corrected, so the next time is the next error.
        server.Answer = line => line.StartsWith(command) ? answer : null;
        await app.Queue(Mails(1));
        await Eventual.Happens(() => app.Log.Lines.Count(line => line.Level >= LogEventLevel.Error) == 2);
    }

    [Fact]
    public async Task A_mailbox_that_does_not_exist_is_given_up_at_once_while_others_pass_and_is_no_error()
    {
        await using var server = new ScriptedMailServer();
        var refused = Scenarios.NewAddress();
        server.Answer = line => line.StartsWith($"RCPT TO:<{refused}>") ? "550 Unknown user" : null;
        var app = new App();
        server.Serve(app);
        await using var started = await app.Started();

        await app.Register(refused);
        await Eventual.Happens(app.HasGivenUp);
        await app.AllMailsAreOut(await app.Register());

        Assert.Single(server.Commands, line => line.StartsWith($"RCPT TO:<{refused}>"));
        Assert.Single(server.Commands, line => line == ".");
        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Error);
    }

    [Theory]
    [InlineData("https://bücher.example/shop", "xn--bcher-kva.example")]
    [InlineData("https://203.0.113.7", "[203.0.113.7]")]
    public async Task The_server_is_greeted_with_the_domain_of_the_app(string publicUrl, string name)
    {
        await using var server = new ScriptedMailServer();
        var app = new App { ["App:PublicUrl"] = publicUrl };
        server.Serve(app);
        await using var started = await app.Started();

        await app.Register();

        await Eventual.Happens(() => server.Commands.Contains($"EHLO {name}"));
    }

    [Fact]
    public async Task TLS_from_the_first_byte_works_on_any_port()
    {
        using var certificate = OtherService.Certificate();
        await using var server = new ScriptedMailServer(certificate);
        using var client = new SmtpClient { ServerCertificateValidationCallback = (_, _, _, _) => true };

        await SmtpDelivery.Open(client, server.Options(isSecure: true, implicitTls: true), Scenarios.Ct);

        Assert.True(client.IsSecure);
        Assert.True(client.IsAuthenticated);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Revocation_is_checked_online_only_where_the_setting_says_so(bool isChecked)
    {
        using var certificate = OtherService.Certificate();
        await using var server = new ScriptedMailServer(certificate);
        var mode = X509RevocationMode.Offline;
        using var client = new SmtpClient();
        client.ServerCertificateValidationCallback = (_, _, chain, _) =>
        {
            mode = chain!.ChainPolicy.RevocationMode;

            return true;
        };

        await SmtpDelivery.Open(
            client, server.Options(isSecure: true, implicitTls: true, checksRevocation: isChecked), Scenarios.Ct);

        Assert.Equal(isChecked ? X509RevocationMode.Online : X509RevocationMode.NoCheck, mode);
    }

    private static Task Deliver(ScriptedMailServer server, string recipient = Recipient)
    {
        var message = new MimeMessage { Body = new TextPart { Text = "Hello" } };
        message.From.Add(MailboxAddress.Parse("noreply@app.example"));
        message.To.Add(MailboxAddress.Parse(recipient));

        return new SmtpDelivery(Options.Create(server.Options())).Deliver(message, Scenarios.Ct);
    }
}
