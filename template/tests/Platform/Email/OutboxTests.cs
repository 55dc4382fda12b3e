using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Email;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using Serilog.Events;
using SmtpServer.Protocol;

namespace ProdReady.Tests.Platform.Email;

/// <summary>A mail that was promised arrives, whatever happens to the server that is to take it.</summary>
public sealed class OutboxTests
{
    [Fact]
    public async Task A_mail_goes_out_and_leaves_nothing_behind()
    {
        await using var server = MailServer.Start();
        await using var app = await With(server).Started();

        var email = await Register(app);

        var mail = await server.MailTo(email);
        Assert.Equal("noreply@app.example", mail.From.ToString());
        Assert.Contains("https://app.example/confirm-email?email=", mail.TextBody);
        Assert.Contains("https://app.example/confirm-email?email=", mail.HtmlBody);
        await Eventual.Happens(async () => await Waiting(app) == 0);
    }

    [Fact]
    public async Task An_outbox_that_will_not_come_back_by_itself_is_an_error()
    {
        await using var app = await new App().Started();

        await app.Query(db => db.Database.ExecuteSqlAsync($"ALTER TABLE outbox_emails RENAME TO gone", Stories.Ct));

        await Eventual.Happens(() => app.Log.Lines.Any(IsAboutOutbox));
        Assert.Equal(LogEventLevel.Error, app.Log.Lines.First(IsAboutOutbox).Level);

        static bool IsAboutOutbox(LogEvent line) => line.RenderMessage().Contains("The outbox could not be read");
    }

    [Fact]
    public async Task A_copy_of_the_database_opens_no_account()
    {
        await using var server = MailServer.Start();
        await server.Down();
        await using var app = await With(server).Started();
        await Register(app);

        var row = await app.Query(db => db.Outbox.AsNoTracking().SingleAsync(Stories.Ct));
        var key = await app.Query(db => db.DataProtectionKeys.AsNoTracking().FirstAsync(Stories.Ct));
        var mailed = await app.Query(db => db.MailedTokens.AsNoTracking().SingleAsync(Stories.Ct));
        server.Up();
        var token = TokenIn((await server.MailTo(row.Recipient)).TextBody!);

        Assert.DoesNotContain("token=", row.Payload);
        Assert.DoesNotContain(token, row.Payload);
        Assert.DoesNotContain("masterKey", key.Xml);
        Assert.DoesNotContain(token, Convert.ToBase64String(mailed.Hash));
        Assert.Equal(32, mailed.Hash.Length);
    }

    [Fact]
    public async Task A_server_that_is_down_slows_nobody_and_gets_every_mail_when_it_is_back()
    {
        await using var server = MailServer.Start();
        await server.Down();
        await using var app = await With(server).Started();

        var addresses = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            // Less than an attempt to deliver may take.
            addresses.Add(await Register(app).WaitAsync(TimeSpan.FromSeconds(25), Stories.Ct));
        }

        await Eventual.Happens(() => app.Query(db => db.Outbox.AllAsync(mail => mail.Attempts > 0, Stories.Ct)));
        server.Up();

        await Task.WhenAll(addresses.Select(server.MailTo));
        await Eventual.Happens(async () => await Waiting(app) == 0);
        Assert.Equal(10, server.Mails.Count);
    }

    [Fact]
    public async Task What_the_server_cannot_take_now_is_sent_again_as_the_same_mail()
    {
        await using var server = MailServer.Start();
        var attempts = 0;
        server.Answer = _ => Task.FromResult(Interlocked.Increment(ref attempts) == 1
            ? new SmtpResponse(SmtpReplyCode.InsufficientStorage, "later, please")
            : SmtpResponse.Ok);
        await using var app = await With(server).Started();

        await Register(app);

        await Eventual.Happens(async () => await Waiting(app) == 0);
        Assert.Equal(2, server.Mails.Count);
        Assert.Single(server.Mails.Select(mail => mail.MessageId).Distinct());
    }

    [Fact]
    public async Task A_server_that_hangs_up_after_it_took_the_mail_gets_it_again_as_the_same_one()
    {
        await using var server = MailServer.Start();
        server.HangsUp = true;
        // It comes to an answer after it has hung up.
        server.Answer = _ =>
        {
            server.HangsUp = false;

            return Task.FromResult(SmtpResponse.Ok);
        };
        await using var app = await With(server).Started();

        await Register(app);

        await Eventual.Happens(async () => await Waiting(app) == 0);
        Assert.Equal(2, server.Mails.Count);
        Assert.Single(server.Mails.Select(mail => mail.MessageId).Distinct());
    }

    [Fact]
    public async Task What_the_server_refuses_for_good_is_given_up_and_kept_to_look_at()
    {
        await using var server = MailServer.Start();
        var refused = Stories.NewAddress();
        server.Answer = mail => Task.FromResult(mail.To.ToString() == refused
            ? new SmtpResponse(SmtpReplyCode.MailboxUnavailable, "no such mailbox")
            : SmtpResponse.Ok);
        await using var app = await With(server).Started();

        await Register(app, refused);
        var email = await Register(app);

        await server.MailTo(email);
        await app.AllMailsAreOut(email);
        await Eventual.Happens(() => app.Query(db => db.Outbox.AnyAsync(mail => mail.FailedAt != null, Stories.Ct)));
        Assert.Equal(refused, await app.Query(db => db.Outbox.Select(mail => mail.Recipient).SingleAsync(Stories.Ct)));
        Assert.Single(server.Mails, mail => mail.To.ToString() == refused);
        Assert.Contains(app.Log.Lines, line => line.MessageTemplate.Text.EndsWith("was refused for good"));
        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Error);
    }

    [Fact]
    public async Task A_mail_that_hangs_holds_up_no_other()
    {
        await using var server = MailServer.Start();
        var hanging = Stories.NewAddress();
        var released = new TaskCompletionSource<SmtpResponse>();
        server.Answer = mail => mail.To.ToString() == hanging ? released.Task : Task.FromResult(SmtpResponse.Ok);
        await using var app = await With(server).Started();

        await Register(app, hanging);
        await server.MailTo(hanging);
        var email = await Register(app);
        await server.MailTo(email);

        released.SetResult(SmtpResponse.Ok);
        await Eventual.Happens(async () => await Waiting(app) == 0);
        Assert.Equal(2, server.Mails.Count);
    }

    [Fact]
    public async Task What_links_to_something_expired_is_not_sent_any_more()
    {
        await using var server = MailServer.Start();
        await using var app = await With(server).Started();

        await Queue(app, Mail(EmailPriority.Awaited) with { ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(-1) });

        await Eventual.Happens(async () => await Waiting(app) == 0);
        Assert.Empty(server.Mails);
        Assert.Contains(app.Log.Lines, line => line.MessageTemplate.Text.Contains("is not sent any more"));
    }

    [Fact]
    public async Task Who_waits_for_a_link_does_not_wait_for_what_goes_to_many()
    {
        await using var server = MailServer.Start();
        var registered = new TaskCompletionSource<SmtpResponse>();
        server.Answer = _ => registered.Task;
        await using var app = await With(server).Started();
        await Queue(app, Mails(600, EmailPriority.Bulk));
        await Eventual.Happens(() => server.Mails.Count > 0);

        var email = await Register(app);
        registered.SetResult(SmtpResponse.Ok);

        // Those that were under way come before it, and some may pass it by.
        await server.MailTo(email);
        Assert.InRange(server.Mails.TakeWhile(mail => mail.To.ToString() != email).Count(), 1, 100);
    }

    [Fact]
    public async Task Five_hundred_mails_on_two_instances_arrive_once_each()
    {
        await using var server = MailServer.Start();
        await using var first = await With(server).Started();
        await using var second = await first.Another();

        await Task.WhenAll(Queue(first, Mails(250)), Queue(second, Mails(250)));

        await Eventual.Happens(async () => await Waiting(first) == 0);
        Assert.Equal(500, server.Mails.Count);
        Assert.Distinct(server.Mails.Select(mail => mail.MessageId));
    }

    [Fact]
    public async Task What_cannot_be_read_now_is_tried_again_and_holds_up_nothing()
    {
        await using var server = MailServer.Start();
        await using var app = await With(server).Started();
        var unreadable = Mail(EmailPriority.Awaited);
        await app.Query(async db =>
        {
            db.Outbox.Add(OutboxEmail.Of(unreadable, "garbage", DateTimeOffset.UtcNow));

            return await db.SaveChangesAsync(Stories.Ct);
        });

        var email = await Register(app);
        await server.MailTo(email);

        await Eventual.Happens(() => app.Log.Lines.Any(
            line => line.Exception is System.Security.Cryptography.CryptographicException));
        await app.AllMailsAreOut(email);
        var row = await app.Query(db => db.Outbox.AsNoTracking().SingleAsync(Stories.Ct));
        Assert.Equal(unreadable.Recipient, row.Recipient);
        Assert.InRange(row.Attempts, 1, int.MaxValue);
        Assert.Null(row.FailedAt);
        var payload = app.Services.GetRequiredService<EmailSeal>()
            .Close(EmailTemplates.Fill(unreadable.Template, unreadable.Values));
        await app.Query(db => db.Outbox.ExecuteUpdateAsync(
            set => set.SetProperty(mail => mail.Payload, payload)
                .SetProperty(mail => mail.NextAttemptAt, DateTimeOffset.UtcNow),
            Stories.Ct));
        await server.MailTo(unreadable.Recipient);
    }

    [Fact]
    public async Task What_rolls_back_sends_nothing()
    {
        await using var server = MailServer.Start();
        await using var app = await With(server).Started();

        await using (var scope = app.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            var failing = db.InTransaction<int>(
                async () =>
                {
                    scope.ServiceProvider.GetRequiredService<IOutbox>().Add(Mail(EmailPriority.Normal));
                    await db.SaveChangesAsync(Stories.Ct);

                    throw new InvalidOperationException("Nobody expected this.");
                },
                Stories.Ct);
            await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        }

        await server.MailTo(await Register(app));
        await Eventual.Happens(async () => await Waiting(app) == 0);
        Assert.Single(server.Mails);
    }

    private static App With(MailServer server)
    {
        var app = new App();
        server.Serve(app);

        return app;
    }

    private static async Task<string> Register(App app, string? email = null)
    {
        email ??= Stories.NewAddress();
        using var client = app.CreateClient();
        var response = await client.SignUp(email);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);

        return email;
    }

    private static string TokenIn(string text) => text.Split("token=")[1].Split('\n')[0].Trim();

    private static Task<int> Waiting(App app) => app.Query(db => db.Outbox.CountAsync(Stories.Ct));

    private static Application.Email.Email Mail(EmailPriority priority) => new(
        "password-changed",
        Stories.NewAddress(),
        new Dictionary<string, string>(),
        priority);

    private static Application.Email.Email[] Mails(int count, EmailPriority priority = EmailPriority.Normal) =>
        [.. Enumerable.Range(0, count).Select(_ => Mail(priority))];

    private static async Task Queue(App app, params Application.Email.Email[] mails)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox>();
        foreach (var mail in mails)
        {
            outbox.Add(mail);
        }

        await scope.ServiceProvider.GetRequiredService<AppDbContext>().SaveChangesAsync(Stories.Ct);
    }
}
