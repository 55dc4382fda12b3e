using Microsoft.EntityFrameworkCore;
using ProdReady.Application.Email;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using Serilog.Events;
using SmtpServer.Protocol;
using static ProdReady.Tests.Platform.Email.OutboxScenarios;

namespace ProdReady.Tests.Platform.Email;

/// <summary>A mail that could not be delivered is retried, and delays no other.</summary>
public sealed class OutboxRetryTests
{
    [Fact]
    public async Task A_server_that_is_down_slows_no_request_and_gets_every_mail_when_it_is_back()
    {
        await using var server = MailServer.Start();
        await server.Down();
        await using var app = await AppWith(server).Started();

        var addresses = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            // Less than the timeout of a delivery.
            addresses.Add(await app.Register().WaitAsync(TimeSpan.FromSeconds(25), Scenarios.Ct));
        }

        await Eventual.Happens(() => app.Query(db => db.Set<OutboxEmail>()
            .AllAsync(mail => mail.Attempts > 0, Scenarios.Ct)));
        server.Up();

        await Task.WhenAll(addresses.Select(server.MailTo));
        await Eventual.Happens(async () => await app.Queued() == 0);
        Assert.Equal(10, server.Mails.Count);
    }

    [Fact]
    public async Task A_temporary_failure_is_retried_with_the_same_message_id()
    {
        await using var server = MailServer.Start();
        var attempts = 0;
        server.Answer = _ => Task.FromResult(Interlocked.Increment(ref attempts) == 1
            ? new SmtpResponse(SmtpReplyCode.InsufficientStorage, "later, please")
            : SmtpResponse.Ok);
        await using var app = await AppWith(server).Started();

        await app.Register();

        await Eventual.Happens(async () => await app.Queued() == 0);
        Assert.Equal(2, server.Mails.Count);
        Assert.Single(server.Mails.Select(mail => mail.MessageId).Distinct());
    }

    [Fact]
    public async Task A_connection_lost_after_the_mail_was_taken_is_retried_with_the_same_message_id()
    {
        await using var server = MailServer.Start();
        server.ClosesConnection = true;
        // It is called after the connection is closed.
        server.Answer = _ =>
        {
            server.ClosesConnection = false;

            return Task.FromResult(SmtpResponse.Ok);
        };
        await using var app = await AppWith(server).Started();

        await app.Register();

        await Eventual.Happens(async () => await app.Queued() == 0);
        Assert.Equal(2, server.Mails.Count);
        Assert.Single(server.Mails.Select(mail => mail.MessageId).Distinct());
    }

    [Fact]
    public async Task A_delivery_that_hangs_delays_no_other()
    {
        await using var server = MailServer.Start();
        var hanging = Scenarios.NewAddress();
        var released = new TaskCompletionSource<SmtpResponse>();
        server.Answer = mail => mail.To.ToString() == hanging ? released.Task : Task.FromResult(SmtpResponse.Ok);
        await using var app = await AppWith(server).Started();

        await app.Register(hanging);
        await server.MailTo(hanging);
        var email = await app.Register();
        await server.MailTo(email);

        released.SetResult(SmtpResponse.Ok);
        await Eventual.Happens(async () => await app.Queued() == 0);
        Assert.Equal(2, server.Mails.Count);
    }

    [Fact]
    public async Task A_mail_that_cannot_be_decrypted_is_retried_and_delays_no_other()
    {
        await using var server = MailServer.Start();
        await using var app = await AppWith(server).Started();
        var unreadable = Mail(EmailPriority.Awaited);
        await app.Query(async db =>
        {
            db.Add(OutboxEmail.Of(unreadable, "garbage", DateTimeOffset.UtcNow));

            return await db.SaveChangesAsync(Scenarios.Ct);
        });

        var email = await app.Register();
        await server.MailTo(email);

        await Eventual.Happens(() => app.Log.Lines.Any(
            line => line.Exception is System.Security.Cryptography.CryptographicException));
        await app.AllMailsAreOut(email);
        var row = await app.Query(db => db.Set<OutboxEmail>().AsNoTracking().SingleAsync(Scenarios.Ct));
        Assert.Equal(unreadable.Recipient, row.Recipient);
        Assert.InRange(row.Attempts, 1, int.MaxValue);
        Assert.Null(row.FailedAt);
        var payload = app.PayloadOf(unreadable);
        await app.Query(db => db.Set<OutboxEmail>().ExecuteUpdateAsync(
            set => set.SetProperty(mail => mail.Payload, payload)
                .SetProperty(mail => mail.NextAttemptAt, DateTimeOffset.UtcNow),
            Scenarios.Ct));
        await server.MailTo(unreadable.Recipient);
    }

    [Fact]
    public async Task A_refused_sender_is_a_wrong_setting_so_the_mail_is_retried()
    {
        await using var server = MailServer.Start();
        server.RefusesSender = true;
        await using var app = await AppWith(server).Started();

        var email = await app.Register();
        await Eventual.Happens(() => app.FailedAttempts().Any());
        Assert.False(await app.HasGivenUp());
        server.RefusesSender = false;

        await server.MailTo(email);
    }

    [Fact]
    public async Task The_pauses_between_attempts_double_up_to_a_maximum()
    {
        await using var server = MailServer.Start();
        await server.Down();
        await using var app = await AppWith(server).Started();
        await app.Register();

        await Eventual.Happens(() => app.FailedAttempts().Count() >= 3);
        await app.Query(db => db.Set<OutboxEmail>().ExecuteUpdateAsync(
            set => set.SetProperty(mail => mail.Attempts, 20)
                .SetProperty(mail => mail.NextAttemptAt, DateTimeOffset.UtcNow),
            Scenarios.Ct));
        await Eventual.Happens(() => Pauses().Any(pause => pause >= 32));

        var pauses = Pauses();
        Assert.InRange(pauses[0], 1.6, 2.4);
        Assert.InRange(pauses[1], 3.2, 4.8);
        Assert.InRange(pauses[2], 6.4, 9.6);
        Assert.InRange(pauses[^1], 32, 48);

        List<double> Pauses() =>
            [.. app.FailedAttempts().Select(line => (double)((ScalarValue)line.Properties["Pause"]).Value!)];
    }

    [Fact]
    public async Task An_outbox_table_that_is_missing_is_an_error()
    {
        await using var app = await new App().Started();

        await app.Query(db => db.Database.ExecuteSqlAsync($"ALTER TABLE outbox_emails RENAME TO gone", Scenarios.Ct));

        await Eventual.Happens(() => app.Log.Lines.Any(IsAboutOutbox));
        var line = app.Log.Lines.First(IsAboutOutbox);
        Assert.Equal(LogEventLevel.Error, line.Level);
        Assert.Equal("Job {Job} failed", line.MessageTemplate.Text);

        static bool IsAboutOutbox(LogEvent line) => line.RenderMessage().StartsWith("Job \"outbox claim\" failed");
    }
}
