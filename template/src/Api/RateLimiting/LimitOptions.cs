namespace ProdReady.Api.RateLimiting;

internal abstract class LimitOptions(int permitLimit, int minutes = 1)
{
    /// <summary>How much a client may use in a window: calls, or KiB.</summary>
    [Range(1, 1_000_000)]
    public int PermitLimit { get; init; } = permitLimit;

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(minutes);
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

internal sealed class SearchLimitOptions() : LimitOptions(permitLimit: 30)
{
    public const string Section = "RateLimits:Search";
}

internal sealed class PasswordLimitOptions() : LimitOptions(permitLimit: 10)
{
    public const string Section = "RateLimits:Password";
}

internal sealed class WritesLimitOptions() : LimitOptions(permitLimit: 10_000, minutes: 60)
{
    public const string Section = "RateLimits:Writes";
}

internal sealed class RefusedUploadsLimitOptions() : LimitOptions(permitLimit: 30, minutes: 10)
{
    public const string Section = "RateLimits:RefusedUploads";
}

internal sealed class ConcurrencyLimitOptions
{
    public const string Section = "RateLimits:Concurrency";

    /// <summary>How many calls of a user an instance works on at the same time.</summary>
    [Range(1, 1_000)]
    public int PermitLimit { get; init; } = 20;
}
