using System.Diagnostics.Metrics;

namespace ProdReady.Infrastructure.Observability;

/// <summary>What only this app can count.</summary>
internal sealed class AppMeter
{
    public const string Name = "app";

    private readonly Counter<long> mailDeliveries;

    public AppMeter(IMeterFactory meters) =>
        mailDeliveries = meters.Create(Name).CreateCounter<long>(
            "app.mail.deliveries", unit: "{attempt}", description: "Attempts to deliver a mail, by how they ended.");

    public void MailDelivered() => mailDeliveries.Add(1, new KeyValuePair<string, object?>("outcome", "delivered"));

    public void MailFailed() => mailDeliveries.Add(1, new KeyValuePair<string, object?>("outcome", "failed"));
}
