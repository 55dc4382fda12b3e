using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Email;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using SmtpServer.Protocol;
using static ProdReady.Tests.Platform.Email.OutboxScenarios;

namespace ProdReady.Tests.Platform.Email;

/// <summary>A mail is sent if, and only if, the change that it is about was committed.</summary>
public sealed class OutboxTests
{
    [Fact]
    public async Task A_mail_is_sent_and_its_row_is_deleted()
    {
        await using var server = MailServer.Start();
        await using var app = await AppWith(server).Started();

        var email = await app.Register();

        var mail = await server.MailTo(email);
        Assert.Equal("\"ProdReady\" <noreply@app.example>", mail.From.ToString());
        Assert.Contains("https://app.example/confirm-email?email=", mail.TextBody);
        Assert.Contains("https://app.example/confirm-email?email=", mail.HtmlBody);
        await Eventual.Happens(async () => await app.Queued() == 0);
    }

    [Fact]
    public async Task A_transaction_that_rolls_back_sends_no_mail()
    {
        await using var server = MailServer.Start();
        await using var app = await AppWith(server).Started();

        await using (var scope = app.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            var failing = db.InTransaction<int>(
                async () =>
                {
                    scope.ServiceProvider.GetRequiredService<IOutbox>().Add(Mail(EmailPriority.Normal));
                    await db.SaveChangesAsync(Scenarios.Ct);

                    throw new InvalidOperationException("The transaction fails.");
                },
                Scenarios.Ct);
            await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        }

        await server.MailTo(await app.Register());
        await Eventual.Happens(async () => await app.Queued() == 0);
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task A_copy_of_the_database_opens_no_account()
    {
        await using var server = MailServer.Start();
        await server.Down();
        await using var app = await AppWith(server).Started();
        await app.Register();

        var row = await app.Query(db => db.Set<OutboxEmail>().AsNoTracking().SingleAsync(Scenarios.Ct));
        var key = await app.Query(db => db.DataProtectionKeys.AsNoTracking().FirstAsync(Scenarios.Ct));
        var mailed = await app.Query(db => db.MailedTokens.AsNoTracking().SingleAsync(Scenarios.Ct));
        server.Up();
        var text = (await server.MailTo(row.Recipient)).TextBody!;
        var token = text.Split("token=")[1].Split('\n')[0].Trim();

        Assert.DoesNotContain("token=", row.Payload);
        Assert.DoesNotContain(token, row.Payload);
        Assert.DoesNotContain("masterKey", key.Xml);
        Assert.DoesNotContain(token, Convert.ToBase64String(mailed.Hash));
        Assert.Equal(32, mailed.Hash.Length);
    }

    [Fact]
    public async Task A_mail_whose_link_has_expired_is_not_sent()
    {
        await using var server = MailServer.Start();
        await using var app = await AppWith(server).Started();

        await app.Queue(Mail(EmailPriority.Awaited) with { ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(-1) });

        await Eventual.Happens(() => app.Log.Lines.Any(line => line.MessageTemplate.Text.EndsWith("has expired")));
        Assert.Equal(0, await app.Queued());
        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task A_mail_that_a_user_waits_for_is_sent_before_hundreds_of_others()
    {
        await using var server = MailServer.Start();
        var registered = new TaskCompletionSource<SmtpResponse>();
        server.Answer = _ => registered.Task;
        await using var app = await AppWith(server).Started();
        await app.Queue(Mails(600));
        await Eventual.Happens(() => server.Mails.Count > 0);

        var email = await app.Register();
        registered.SetResult(SmtpResponse.Ok);

        // Those that were claimed already come before it, and some may overtake it.
        await server.MailTo(email);
        Assert.InRange(server.Mails.TakeWhile(mail => mail.To.ToString() != email).Count(), 1, 100);
    }

    [Fact]
    public async Task Five_hundred_mails_on_two_instances_arrive_once_each()
    {
        await using var server = MailServer.Start();
        await using var first = await AppWith(server).Started();
        await using var second = await first.Another();

        await Task.WhenAll(first.Queue(Mails(250)), second.Queue(Mails(250)));

        await Eventual.Happens(async () => await first.Queued() == 0);
        Assert.Equal(500, server.Mails.Count);
        Assert.Distinct(server.Mails.Select(mail => mail.MessageId));
    }
}
