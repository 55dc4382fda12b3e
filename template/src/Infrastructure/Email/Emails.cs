using Microsoft.Extensions.Options;
using ProdReady.Application;
using ProdReady.Application.Email;

namespace ProdReady.Infrastructure.Email;

internal static class Emails
{
    public static void AddEmails(this IServiceCollection services)
    {
        services.AddSettings<SmtpOptions>(SmtpOptions.Section);

        services.AddSingleton<SmtpDelivery>();
        services.AddSingleton<FileDelivery>();
        services.AddSingleton<IEmailDelivery>(provider =>
            provider.GetRequiredService<IOptions<SmtpOptions>>().Value.Host.Length > 0
                ? provider.GetRequiredService<SmtpDelivery>()
                : provider.GetRequiredService<FileDelivery>());

        //#if (Sample)
        services.AddScoped<IMailFolder, MailFolder>();

        //#endif
        services.AddSingleton<EmailSeal>();
        services.AddSingleton<EmailSender>();
        services.AddScoped<IOutbox, Outbox>();
        services.AddSingleton<OutboxSignal>();
        services.AddHostedService<OutboxWorker>();
    }
}
