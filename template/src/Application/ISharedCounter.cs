namespace ProdReady.Application;

/// <summary>Counts for all instances together.</summary>
internal interface ISharedCounter
{
    /// <returns>How often the key was counted in this window, this time included; null where nobody can tell.</returns>
    Task<int?> Increment(string key, DateTimeOffset windowEnd, CancellationToken ct);
}

internal static class CountingWindow
{
    /// <summary>Windows end at the same time for all, or the instances could not count together.</summary>
    public static DateTimeOffset EndOf(DateTimeOffset now, TimeSpan length) =>
        now.AddTicks(length.Ticks - (now.UtcTicks % length.Ticks));
}
