using Microsoft.Extensions.Options;

namespace ProdReady.Infrastructure.Email;

internal static class Emails
{
    public static void AddEmails(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var isDevelopment = builder.Environment.IsDevelopment();

        services.AddOptions<SmtpOptions>().BindConfiguration(SmtpOptions.Section)
            .ValidateDataAnnotations()
            .Validate(smtp => isDevelopment || smtp.Host.Length > 0, "Smtp:Host is not set; no mail could be sent.")
            .ValidateOnStart();

        services.AddSingleton<SmtpDelivery>();
        services.AddSingleton<FileDelivery>();
        services.AddSingleton<IEmailDelivery>(provider =>
            provider.GetRequiredService<IOptions<SmtpOptions>>().Value.Host.Length > 0
                ? provider.GetRequiredService<SmtpDelivery>()
                : provider.GetRequiredService<FileDelivery>());

        services.AddSingleton<OutboxSignal>();
        services.AddHostedService<OutboxWorker>();
    }
}
