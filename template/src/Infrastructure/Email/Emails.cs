using OpenTelemetry.Trace;
using ProdReady.Application.Email;

namespace ProdReady.Infrastructure.Email;

internal static class Emails
{
    // Enough time to find the cause, and to send them after all.
    private static readonly TimeSpan KeepFailed = TimeSpan.FromDays(30);

    public static void AddEmails(this IServiceCollection services)
    {
        services.AddSettings<SmtpOptions>(SmtpOptions.Section);
        // Servers refuse an EHLO without a full name. Not from AppOptions, which throws if the URL is invalid.
        services.AddOptions<SmtpOptions>().PostConfigure<IConfiguration>((smtp, configuration) =>
            smtp.LocalDomain = Uri.TryCreate(configuration["App:PublicUrl"], UriKind.Absolute, out var url)
                && !url.IsLoopback ? url.IdnHost : null);

        services.AddSingleton<IEmailDelivery>(provider =>
            provider.GetRequiredService<IOptions<SmtpOptions>>().Value.Host.Length > 0
                ? ActivatorUtilities.CreateInstance<SmtpDelivery>(provider)
                : ActivatorUtilities.CreateInstance<FileDelivery>(provider));

        //#if (Sample)
        services.AddScoped<IMailFolder, MailFolder>();

        //#endif
        services.AddSingleton<EmailProtector>();
        services.AddSingleton<EmailSender>();
        services.AddScoped<IOutbox, Outbox>();
        services.AddSingleton<OutboxSignal>();
        services.AddHostedService<OutboxWorker>();
        services.AddSingleton(new JobName(OutboxWorker.Claim)).AddSingleton(new JobName(OutboxWorker.Update));
        services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddLegacySource(EmailSender.ActivityName));

        services.AddSingleton(new DatabaseGauge(
            "app.outbox.pending", "{mail}", "Mails that wait to be delivered.", [new(0)],
            async (db, _, ct) => [new(await Pending(db).CountAsync(ct))]));
        services.AddSingleton(new DatabaseGauge(
            "app.outbox.oldest", "s", "For how long the oldest waits, of those whose mailbox is not away.", [new(0)],
            async (db, now, ct) => [new((now - (await Pending(db)
                .Where(mail => mail.Priority != EmailPriority.MailboxAway)
                .MinAsync(mail => (DateTimeOffset?)mail.CreatedAt, ct) ?? now)).TotalSeconds)]));

        services.AddPurge<OutboxEmail>((_, now) =>
        {
            var failedBefore = now - KeepFailed;

            return email => email.FailedAt <= failedBefore;
        });
    }

    private static IQueryable<OutboxEmail> Pending(AppDbContext db) =>
        db.Set<OutboxEmail>().Where(mail => mail.FailedAt == null);
}
