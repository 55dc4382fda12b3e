namespace ProdReady.Application;

internal static class Clock
{
    /// <summary>UTC, truncated to the microseconds that PostgreSQL stores, so that a later read is the same.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();

        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
