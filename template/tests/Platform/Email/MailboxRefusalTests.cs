using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Email;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using Serilog.Events;
using static ProdReady.Tests.Platform.Email.OutboxScenarios;

namespace ProdReady.Tests.Platform.Email;

/// <summary>What shows that a refusal is about one mailbox: that the same server takes other mails.</summary>
public sealed class MailboxRefusalTests
{
    // Exim's default takes mails to postmaster before it checks the sender.
    [Fact]
    public async Task A_sender_that_is_refused_but_at_postmaster_costs_no_mail_until_another_passes()
    {
        await using var server = new ScriptedMailServer();
        var (isRefused, typo) = (true, Scenarios.NewAddress());
        server.Answer = line => line.StartsWith("RCPT") && !line.Contains("postmaster")
            && (isRefused || line.Contains(typo) || line.Contains("noreply"))
            ? $"550 Sender verify of {typo} failed"
            : null;
        await using var app = await AppWith(server).Started();

        await app.Queue([Mail(EmailPriority.Normal) with { Recipient = typo }, .. Mails(2)]);
        await Eventual.Happens(() => app.FailedAttempts().Count() >= 3);
        Assert.False(await app.HasGivenUp());
        Assert.All(app.FailedAttempts(), line => Assert.Equal(
            "550 RecipientNotAccepted: Sender verify of failed", line.Exception!.Message));

        // Two are delivered, and prove that it is the mailbox of the third.
        isRefused = false;
        await Eventual.Happens(app.HasGivenUp);
        await Eventual.Happens(async () => await app.Queued() == 1);
        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Error);
    }

    [Fact]
    public async Task A_mailbox_that_is_full_is_no_error_and_holds_no_alert_while_others_pass()
    {
        await using var server = new ScriptedMailServer();
        var full = Scenarios.NewAddress();
        server.Answer = line => line.StartsWith($"RCPT TO:<{full}>") ? "452 4.2.2 Mailbox full" : null;
        await using var app = await AppWith(server).Started();
        var oldest = app.Services.GetServices<DatabaseGauge>().Single(gauge => gauge.Name == "app.outbox.oldest");

        await app.QueueAt(full, DateTimeOffset.UtcNow.AddHours(-1));
        await app.Queue(Mails(1));
        await Eventual.Happens(() => app.Query(db => db.Set<OutboxEmail>().AnyAsync(
            mail => mail.Priority == EmailPriority.MailboxAway, Scenarios.Ct)));
        Assert.Equal(0, await Oldest());
        var attempts = app.FailedAttempts().Count();
        await app.Query(db => db.Set<OutboxEmail>().ExecuteUpdateAsync(
            set => set.SetProperty(mail => mail.Attempts, EmailSender.AttemptsBeforeAlarm)
                .SetProperty(mail => mail.NextAttemptAt, DateTimeOffset.UtcNow),
            Scenarios.Ct));
        await Eventual.Happens(() => app.FailedAttempts().Count() > attempts);
        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Error);

        // The same answer to a mail, and none passes since it was queued.
        server.Answer = line => line.StartsWith("RCPT") ? "552 5.2.2 Submission quota exceeded" : null;
        await app.Queue(Mails(1));
        await Eventual.Happens(() => app.Query(db => db.Set<OutboxEmail>().AnyAsync(
            mail => mail.Priority == EmailPriority.Refused, Scenarios.Ct)));
        Assert.NotEqual(0, await Oldest());

        async Task<double> Oldest() => (await app.Query(
            db => oldest.Read(db, DateTimeOffset.UtcNow, Scenarios.Ct))).Single().Value;
    }

    [Fact]
    public async Task Mails_that_are_refused_wait_behind_all_others()
    {
        await using var app = await new App { ["Smtp:Port"] = "1" }.Started();
        var now = DateTimeOffset.UtcNow.AddDays(1);
        await app.Query(async db =>
        {
            await db.Set<OutboxEmail>().ExecuteDeleteAsync(Scenarios.Ct);
            db.AddRange(new[] { EmailPriority.Refused, EmailPriority.Normal, EmailPriority.MailboxAway }
                .Select((priority, i) => OutboxEmail.Of(Mail(priority), "", now.AddMinutes(i))));

            return await db.SaveChangesAsync(Scenarios.Ct);
        });

        Assert.Equal(EmailPriority.Normal, await Next());
        Assert.Equal(EmailPriority.Refused, await Next());
        Assert.Equal(EmailPriority.MailboxAway, await Next());

        async Task<EmailPriority> Next() => (await app.Query(db => db.ClaimNextEmail(
            now.AddHours(1), now.AddHours(2), Scenarios.Ct)))!.Priority;
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void A_cause_is_gone_when_a_mail_that_it_stopped_is_delivered_or_none_waits(bool isDelivered, bool isGone)
    {
        var stopped = new StoppedEmails(TimeProvider.System);
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());

        Assert.True(stopped.IsFirst("550 relay denied", one));
        Assert.True(stopped.IsFirst("550 unknown user", one));
        Assert.False(stopped.IsFirst("550 relay denied", other));
        stopped.Remove(one, isDelivered);
        Assert.Equal(isGone, stopped.IsFirst("550 relay denied", other));
        stopped.Remove(other, isDelivered: false);
        Assert.True(stopped.IsFirst("550 relay denied", one));
    }

    [Fact]
    public void A_server_that_words_each_refusal_in_another_way_is_no_flood_of_errors()
    {
        var stopped = new StoppedEmails(TimeProvider.System);

        Assert.InRange(Enumerable.Range(0, 1000).Count(i => stopped.IsFirst($"{i}", Guid.NewGuid())), 1, 10);
    }

    private static App AppWith(ScriptedMailServer server)
    {
        var app = new App();
        server.Serve(app);

        return app;
    }
}
