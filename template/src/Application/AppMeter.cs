using System.Diagnostics.Metrics;

namespace ProdReady.Application;

/// <summary>The metrics of accounts. Other rooms create their instruments on the same meter, by its name.</summary>
internal sealed class AppMeter
{
    public const string Name = "app";

    private readonly Counter<long> passwordLookups;
    private readonly Counter<long> securityEvents;

    public AppMeter(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        passwordLookups = meter.CreateCounter<long>(
            "app.password.lookups", unit: "{lookup}", description: "Look-ups of breached passwords, by outcome.");
        securityEvents = meter.CreateCounter<long>(
            "app.security.events", unit: "{event}", description: "Events of accounts and sessions, by name.");
    }

    public void PasswordLookedUp(bool isBreached) =>
        Count(passwordLookups, "outcome", isBreached ? "breached" : "unknown");

    public void PasswordLookupFailed() => Count(passwordLookups, "outcome", "failed");

    public void SecurityEvent(string name) => Count(securityEvents, "event", name);

    private static void Count(Counter<long> counter, string tag, string value) =>
        counter.Add(1, new KeyValuePair<string, object?>(tag, value));
}
