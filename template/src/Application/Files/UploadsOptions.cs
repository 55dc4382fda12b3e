using System.ComponentModel.DataAnnotations;

namespace ProdReady.Application.Files;

internal sealed class UploadsOptions
{
    public const string Section = "Uploads";

    /// <summary>Where files lie, and where they arrive; relative to the folder of the solution, or of the app.</summary>
    [Required]
    public string Directory { get; set; } = ".data/uploads";

    /// <summary>Of one file.</summary>
    [Range(typeof(long), "1", "1073741824")]
    public long MaxBytes { get; init; } = 5 * 1024 * 1024;

    /// <summary>
    /// Width times height. A picture of a few kilobytes can have billions, and whoever decodes it runs out of memory.
    /// </summary>
    [Range(typeof(long), "1", "1000000000")]
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>Of all files of one user together.</summary>
    [Range(typeof(long), "1", "1099511627776")]
    public long QuotaBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>How long a file may take to arrive.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:30:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);
}
