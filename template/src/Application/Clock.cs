namespace ProdReady.Application;

internal static class Clock
{
    /// <summary>
    /// The time in UTC, truncated to the microseconds that PostgreSQL stores, so that the response to a write and a
    /// later read show the same value.
    /// </summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();

        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
