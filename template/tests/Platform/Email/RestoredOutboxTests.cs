using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Email;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;
using static ProdReady.Tests.Platform.Email.OutboxScenarios;

namespace ProdReady.Tests.Platform.Email;

/// <summary>Mails that waited when the backup was taken may have been sent since.</summary>
public sealed class RestoredOutboxTests
{
    // As restore.sh marks them.
    private const string Mark = "UPDATE outbox_emails SET failed_at = now() WHERE failed_at IS NULL";

    [PostgresFact]
    public async Task A_mail_that_was_restored_is_sent_only_after_the_documented_statement()
    {
        await using var server = MailServer.Start();
        await server.Down();
        await using var app = await AppWith(server).Started();
        var restored = await app.Register();
        // The second attempt is due after seconds: the mark is what stops it.
        await Eventual.Happens(() => app.Query(db => db.Set<OutboxEmail>()
            .AllAsync(mail => mail.Attempts > 0 && mail.NextAttemptAt < DateTimeOffset.UtcNow.AddSeconds(20))));
        await Execute(app, Mark);
        server.Up();

        var later = await app.Register();
        await server.MailTo(later);
        await Eventual.Happens(() => app.Query(db => db.Set<OutboxEmail>().AnyAsync(
            mail => mail.Recipient == restored && mail.NextAttemptAt < DateTimeOffset.UtcNow, Scenarios.Ct)));
        await server.MailTo(await app.Register());
        await app.Services.GetRequiredService<Purge>().Run(Scenarios.Ct);
        await Eventual.Happens(async () => await app.Queued() == 1);

        Assert.DoesNotContain(server.Mails, mail => mail.To.ToString() == restored);
        await Execute(app, Documented());
        await server.MailTo(restored);
        await Eventual.Happens(async () => await app.Queued() == 0);
    }

    private static string Documented()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "architecture.md"));
        var begin = page.IndexOf("UPDATE outbox_emails", StringComparison.Ordinal);

        return page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)];
    }

    private static Task<int> Execute(App app, string sql) =>
        app.Query(db => db.Database.ExecuteSqlRawAsync(sql, Scenarios.Ct));
}
