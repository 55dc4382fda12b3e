using System.ComponentModel.DataAnnotations;

namespace ProdReady.Application;

internal sealed class RequestsOptions
{
    public const string Section = "Requests";

    /// <summary>After so long a request is given up, together with what it has the database do.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A body is no longer than that, unless a route takes more.</summary>
    [Range(typeof(long), "1024", "104857600")]
    public long MaxBodyBytes { get; init; } = 262_144;
}
