namespace ProdReady.Application.RateLimiting;

/// <summary>Counts for all instances together, in the database: nothing is forgotten, each time is a write.</summary>
internal interface ISharedCounter
{
    /// <returns>How often the key was counted in this window, this time included; null where nobody can tell.</returns>
    Task<int?> Increment(string key, DateTimeOffset windowEnd, CancellationToken ct);
}

/// <summary>
/// Counts for all instances together, quickly: for what every request counts. It is optional, it may forget, and
/// nobody waits for it more than a moment; null is an answer to expect.
/// </summary>
internal interface IQuickCounter
{
    /// <inheritdoc cref="ISharedCounter.Increment"/>
    Task<int?> Increment(string key, DateTimeOffset windowEnd, CancellationToken ct);
}

internal static class CountingWindow
{
    /// <summary>Windows end at the same time for all, or the instances could not count together.</summary>
    public static DateTimeOffset EndOf(DateTimeOffset now, TimeSpan length) =>
        now.AddTicks(length.Ticks - (now.UtcTicks % length.Ticks));
}
