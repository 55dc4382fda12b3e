using System.ComponentModel.DataAnnotations;

namespace ProdReady.Application;

internal sealed class AppOptions
{
    public const string Section = "App";

    /// <summary>
    /// Where users reach the app; the base of every mailed link. Taken from here and never from the request, whose
    /// Host header belongs to whoever sends it.
    /// </summary>
    [Required]
    public Uri PublicUrl { get; init; } = null!;
}
