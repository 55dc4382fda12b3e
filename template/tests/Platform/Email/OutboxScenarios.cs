using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Email;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Email;

/// <summary>What several tests of the outbox do: queue mails, and look at the rows and the log lines.</summary>
internal static class OutboxScenarios
{
    public static App AppWith(MailServer server)
    {
        var app = new App();
        server.Serve(app);

        return app;
    }

    public static async Task<string> Register(this App app, string? email = null)
    {
        email ??= Scenarios.NewAddress();
        using var client = app.CreateClient();
        var response = await client.SignUp(email);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);

        return email;
    }

    public static Application.Email.Email Mail(EmailPriority priority) => new(
        "password-changed",
        Scenarios.NewAddress(),
        new Dictionary<string, string>(),
        priority);

    public static Application.Email.Email[] Mails(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Mail(EmailPriority.Normal))];

    public static async Task Queue(this App app, params Application.Email.Email[] mails)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox>();
        foreach (var mail in mails)
        {
            outbox.Add(mail);
        }

        await scope.ServiceProvider.GetRequiredService<AppDbContext>().SaveChangesAsync(Scenarios.Ct);
    }

    // Not through IOutbox, whose mail would be claimed before its row could be changed.
    public static Task<int> QueueAt(this App app, string recipient, DateTimeOffset createdAt) => app.Query(db =>
    {
        var mail = Mail(EmailPriority.Awaited) with { Recipient = recipient };
        db.Add(OutboxEmail.Of(mail, app.PayloadOf(mail), createdAt));

        return db.SaveChangesAsync(Scenarios.Ct);
    });

    public static string PayloadOf(this App app, Application.Email.Email mail) =>
        app.Services.GetRequiredService<EmailProtector>().Protect(EmailTemplates.Fill(mail, "Shop"));

    public static Task<int> Queued(this App app) => app.Query(db => db.Set<OutboxEmail>().CountAsync(Scenarios.Ct));

    public static Task<bool> HasGivenUp(this App app) => app.Query(db => db.Set<OutboxEmail>().AnyAsync(
        mail => mail.FailedAt != null, Scenarios.Ct));

    public static IEnumerable<LogEvent> FailedAttempts(this App app) =>
        app.Log.Lines.Where(line => line.MessageTemplate.Text.StartsWith("Mail {EmailId} was not delivered"));
}
