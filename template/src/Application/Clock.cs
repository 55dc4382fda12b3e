namespace ProdReady.Application;

internal static class Clock
{
    /// <summary>
    /// The time in UTC, cut to the microseconds that PostgreSQL keeps, so that what is answered after a write and what
    /// is read later are the same.
    /// </summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();

        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
