using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Email;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using Serilog.Events;
using SmtpServer.Protocol;

namespace ProdReady.Tests.Platform.Email;

/// <summary>What is tried again after a mail was refused, and how long; and what is given up.</summary>
public sealed class OutboxRefusalTests
{
    [Fact]
    public async Task A_recipient_that_is_no_address_is_given_up_and_holds_up_nothing()
    {
        await using var server = MailServer.Start();
        await using var app = await With(server).Started();
        await Queue(app, "a@b..c", DateTimeOffset.UtcNow);

        await server.MailTo(await SignUp(app));

        await IsGivenUp(app);
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task A_sender_that_is_refused_can_be_mended_so_the_mail_is_tried_again()
    {
        await using var server = MailServer.Start();
        server.RefusesSender = true;
        await using var app = await With(server).Started();

        var email = await SignUp(app);
        await Eventual.Happens(() => Failures(app).Any());
        Assert.False(await app.Query(db => db.Outbox.AnyAsync(mail => mail.FailedAt != null, Stories.Ct)));
        server.RefusesSender = false;

        await server.MailTo(email);
    }

    [Fact]
    public async Task Without_encryption_nothing_is_sent_unless_it_is_turned_off()
    {
        await using var server = MailServer.Start();
        var app = With(server);
        app["Smtp:UseTls"] = "true";
        await using var started = await app.Started();

        await SignUp(app);

        await Eventual.Happens(() => Failures(app).Any());
        Assert.True(await app.Query(db => db.Outbox.AnyAsync(
            mail => mail.Attempts > 0 && mail.FailedAt == null, Stories.Ct)));
        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task The_pauses_between_attempts_grow_and_end_growing()
    {
        await using var server = MailServer.Start();
        await server.Down();
        await using var app = await With(server).Started();
        await SignUp(app);

        await Eventual.Happens(() => Failures(app).Count() >= 3);
        await app.Query(db => db.Outbox.ExecuteUpdateAsync(
            set => set.SetProperty(mail => mail.Attempts, 20)
                .SetProperty(mail => mail.NextAttemptAt, DateTimeOffset.UtcNow),
            Stories.Ct));
        await Eventual.Happens(() => Pauses().Any(pause => pause >= 32));

        var pauses = Pauses();
        Assert.InRange(pauses[0], 1.6, 2.4);
        Assert.InRange(pauses[1], 3.2, 4.8);
        Assert.InRange(pauses[2], 6.4, 9.6);
        Assert.InRange(pauses[^1], 32, 48);

        List<double> Pauses() =>
            [.. Failures(app).Select(line => (double)((ScalarValue)line.Properties["Pause"]).Value!)];
    }

    [Fact]
    public async Task After_three_days_a_mail_is_given_up()
    {
        await using var server = MailServer.Start();
        await server.Down();
        await using var app = await With(server).Started();

        await Queue(app, Stories.NewAddress(), DateTimeOffset.UtcNow.AddDays(-4));

        await IsGivenUp(app);
        Assert.Single(app.Log.Lines, line =>
            line.Level == LogEventLevel.Error && line.MessageTemplate.Text.Contains("is given up"));
    }

    [Theory]
    [InlineData(SmtpReplyCode.MailboxUnavailable)]
    [InlineData(SmtpReplyCode.InsufficientStorage)]
    public async Task What_the_server_says_of_an_address_is_in_no_log(SmtpReplyCode code)
    {
        await using var server = MailServer.Start();
        server.Answer = mail => Task.FromResult(new SmtpResponse(code, $"not to {mail.To}"));
        await using var app = await With(server).Started();

        var email = await SignUp(app);
        await Eventual.Happens(() => app.Log.Lines.Any(
            line => line.MessageTemplate.Text.StartsWith("Mail {EmailId} was")));

        Assert.Contains(app.Log.Lines, line => line.Exception?.Message.StartsWith($"{(int)code} ") == true);
        Assert.DoesNotContain(app.Log.Lines, line => $"{line.RenderMessage()} {line.Exception}".Contains(email));
    }

    private static App With(MailServer server)
    {
        var app = new App();
        server.Serve(app);

        return app;
    }

    // Not by way of a use case: its mail would be under way before the row could be changed.
    private static Task<int> Queue(App app, string recipient, DateTimeOffset at) => app.Query(db =>
    {
        var mail = new Application.Email.Email(
            "password-changed", recipient, new Dictionary<string, string>(), EmailPriority.Awaited);
        var payload = app.Services.GetRequiredService<EmailSeal>()
            .Close(EmailTemplates.Fill(mail.Template, mail.Values));
        db.Outbox.Add(OutboxEmail.Of(mail, payload, at));

        return db.SaveChangesAsync(Stories.Ct);
    });

    private static async Task<string> SignUp(App app)
    {
        var email = Stories.NewAddress();
        using var client = app.CreateClient();
        await client.SignUp(email);

        return email;
    }

    private static IEnumerable<LogEvent> Failures(App app) =>
        app.Log.Lines.Where(line => line.MessageTemplate.Text.Contains("was not delivered"));

    private static Task IsGivenUp(App app) => Eventual.Happens(() => app.Query(db => db.Outbox.AnyAsync(
        mail => mail.FailedAt != null, Stories.Ct)));
}
