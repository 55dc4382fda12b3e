namespace ProdReady.Api.RateLimiting;

internal abstract class LimitOptions(int permitLimit)
{
    /// <summary>How many calls a client may make in a window.</summary>
    [Range(1, 1_000_000)]
    public int PermitLimit { get; init; } = permitLimit;

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);
}

internal sealed class ApiLimitOptions() : LimitOptions(permitLimit: 300)
{
    public const string Section = "RateLimits:Api";
}

internal sealed class AuthLimitOptions() : LimitOptions(permitLimit: 20)
{
    public const string Section = "RateLimits:Auth";
}

internal sealed class RefreshLimitOptions() : LimitOptions(permitLimit: 30)
{
    public const string Section = "RateLimits:Refresh";
}
