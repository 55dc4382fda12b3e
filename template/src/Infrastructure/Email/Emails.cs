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
        services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddLegacySource(EmailSender.ActivityName));

        services.AddPurge<OutboxEmail>((_, now) =>
        {
            var failedBefore = now - KeepFailed;

            return email => email.FailedAt <= failedBefore;
        });
    }
}
