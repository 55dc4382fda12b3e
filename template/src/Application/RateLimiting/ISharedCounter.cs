namespace ProdReady.Application.RateLimiting;

/// <summary>Counts the calls of all instances. The default one uses the database: exact, for a write a call.</summary>
internal interface ISharedCounter
{
    /// <summary>Service key of a second, optional one: fast enough for every request, but it can lose counts.</summary>
    const string Fast = "fast";

    /// <returns>The count of the key in this window, this call included; null where the store did not answer.</returns>
    Task<int?> Add(string key, int amount, DateTimeOffset windowEnd, CancellationToken ct);

    Task<int?> Increment(string key, DateTimeOffset windowEnd, CancellationToken ct) => Add(key, 1, windowEnd, ct);
}

internal static class CountingWindow
{
    /// <summary>Windows are aligned to the clock, so that all instances count in the same one.</summary>
    public static DateTimeOffset EndOf(DateTimeOffset now, TimeSpan length) =>
        now.AddTicks(length.Ticks - (now.UtcTicks % length.Ticks));
}
