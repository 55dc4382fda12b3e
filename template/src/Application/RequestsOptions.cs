namespace ProdReady.Application;

internal sealed class RequestsOptions
{
    public const string Section = "Requests";

    /// <summary>Then a request is cancelled, together with its database commands: 504.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest request body, unless a route sets a limit of its own: 413.</summary>
    [Range(typeof(long), "1024", "104857600")]
    public long MaxBodyBytes { get; init; } = 262_144;
}
