using System.Diagnostics.Metrics;

namespace ProdReady.Application;

/// <summary>What only this app can count.</summary>
internal sealed class AppMeter
{
    public const string Name = "app";

    private readonly Counter<long> mailDeliveries;
    private readonly Counter<long> passwordLookups;
    private readonly Counter<long> securityEvents;

    public AppMeter(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        mailDeliveries = meter.CreateCounter<long>(
            "app.mail.deliveries", unit: "{attempt}", description: "Attempts to deliver a mail, by how they ended.");
        passwordLookups = meter.CreateCounter<long>(
            "app.password.lookups", unit: "{lookup}", description: "Look-ups of breached passwords, by outcome.");
        securityEvents = meter.CreateCounter<long>(
            "app.security.events", unit: "{event}", description: "What happened to accounts and sessions, by name.");
    }

    public void MailDelivered() => Count(mailDeliveries, "outcome", "delivered");

    public void MailFailed() => Count(mailDeliveries, "outcome", "failed");

    public void MailRejected() => Count(mailDeliveries, "outcome", "rejected");

    public void MailExpired() => Count(mailDeliveries, "outcome", "expired");

    public void MailGivenUp() => Count(mailDeliveries, "outcome", "given-up");

    public void PasswordLookedUp(bool isBreached) =>
        Count(passwordLookups, "outcome", isBreached ? "breached" : "unknown");

    public void PasswordLookupFailed() => Count(passwordLookups, "outcome", "failed");

    public void SecurityEvent(string name) => Count(securityEvents, "event", name);

    private static void Count(Counter<long> counter, string tag, string value) =>
        counter.Add(1, new KeyValuePair<string, object?>(tag, value));
}
