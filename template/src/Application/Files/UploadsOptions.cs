namespace ProdReady.Application.Files;

internal sealed class UploadsOptions
{
    public const string Section = "Uploads";

    /// <summary>
    /// Of stored and of incoming files; relative to the folder of the solution in Development, else of the app.
    /// </summary>
    [Required]
    public string Directory { get; set; } = ".data/uploads";

    /// <summary>Of one file.</summary>
    [Range(typeof(long), "1", "1073741824")]
    public long MaxBytes { get; init; } = 5 * 1024 * 1024;

    /// <summary>
    /// Width times height of an image. An image of a few kilobytes can have billions, and fills the memory of each
    /// program that decodes it.
    /// </summary>
    [Range(typeof(long), "1", "1000000000")]
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>Of all files of one user together, with those that arrive.</summary>
    [Range(typeof(long), "1", "1099511627776")]
    public long QuotaBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>The number of files of one user.</summary>
    [Range(1, 1_000_000)]
    public int MaxFiles { get; init; } = 1_000;

    /// <summary>How long a content outlives its row, so that each row in a backup has its content.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan KeepDeleted { get; init; } = TimeSpan.FromDays(7);

    /// <summary>For receiving one file.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:30:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);
}
