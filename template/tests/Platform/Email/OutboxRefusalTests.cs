using Microsoft.EntityFrameworkCore;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using Serilog.Events;
using SmtpServer.Protocol;
using static ProdReady.Tests.Platform.Email.OutboxScenarios;

namespace ProdReady.Tests.Platform.Email;

/// <summary>Mails that are given up, or never sent, and what the log says about them.</summary>
public sealed class OutboxRefusalTests
{
    [Fact]
    public async Task A_mailbox_that_does_not_exist_is_given_up_and_its_row_is_kept()
    {
        await using var server = MailServer.Start();
        var refused = Scenarios.NewAddress();
        server.Answer = mail => Task.FromResult(mail.To.ToString() == refused
            ? new SmtpResponse(SmtpReplyCode.MailboxUnavailable, "5.1.1 no such mailbox")
            : SmtpResponse.Ok);
        await using var app = await AppWith(server).Started();

        await app.Register(refused);
        var email = await app.Register();

        await server.MailTo(email);
        await app.AllMailsAreOut(email);
        await Eventual.Happens(() => app.Log.Lines.Any(
            line => line.MessageTemplate.Text.EndsWith("was rejected and will not be retried")));
        Assert.True(await app.HasGivenUp());
        Assert.Equal(refused, await app.Query(db => db.Set<OutboxEmail>()
            .Select(mail => mail.Recipient).SingleAsync(Scenarios.Ct)));
        Assert.Single(server.Mails, mail => mail.To.ToString() == refused);
        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Error);
    }

    [Fact]
    public async Task A_recipient_that_is_no_address_is_given_up_and_delays_no_other()
    {
        await using var server = MailServer.Start();
        await using var app = await AppWith(server).Started();
        await app.QueueAt("a@b..c", DateTimeOffset.UtcNow);

        await server.MailTo(await app.Register());

        await Eventual.Happens(app.HasGivenUp);
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task After_three_days_a_mail_is_given_up()
    {
        await using var server = MailServer.Start();
        await server.Down();
        await using var app = await AppWith(server).Started();

        await app.QueueAt(Scenarios.NewAddress(), DateTimeOffset.UtcNow.AddDays(-4));

        await Eventual.Happens(() => app.Log.Lines.Any(IsGivenUp));
        Assert.True(await app.HasGivenUp());
        Assert.Equal(LogEventLevel.Error, Assert.Single(app.Log.Lines, IsGivenUp).Level);

        static bool IsGivenUp(LogEvent line) => line.MessageTemplate.Text.Contains("was given up");
    }

    [Fact]
    public async Task Without_TLS_nothing_is_sent_unless_it_is_turned_off()
    {
        await using var server = MailServer.Start();
        var app = AppWith(server);
        app["Smtp:UseTls"] = "true";
        await using var started = await app.Started();

        await app.Register();

        await Eventual.Happens(() => app.FailedAttempts().Any());
        Assert.True(await app.Query(db => db.Set<OutboxEmail>().AnyAsync(
            mail => mail.Attempts > 0 && mail.FailedAt == null, Scenarios.Ct)));
        Assert.Empty(server.Mails);
    }

    [Theory]
    [InlineData(SmtpReplyCode.MailboxUnavailable)]
    [InlineData(SmtpReplyCode.InsufficientStorage)]
    public async Task The_answer_of_the_server_is_logged_without_the_address(SmtpReplyCode code)
    {
        await using var server = MailServer.Start();
        server.Answer = mail => Task.FromResult(new SmtpResponse(code, $"not to {mail.To}"));
        await using var app = await AppWith(server).Started();

        var email = await app.Register();
        await Eventual.Happens(() => app.Log.Lines.Any(
            line => line.MessageTemplate.Text.StartsWith("Mail {EmailId} was")));

        Assert.Contains(app.Log.Lines, line => line.Exception?.Message.StartsWith($"{(int)code} ") == true);
        Assert.DoesNotContain(app.Log.Lines, line => $"{line.RenderMessage()} {line.Exception}".Contains(email));
    }
}
