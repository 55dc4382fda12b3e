using System.Globalization;
using ProdReady.Application.Files;
//#if (S3)
using ProdReady.Infrastructure.Files;
//#endif

namespace ProdReady.Doctor;

internal static class Backups
{
    // The backup runs every night, the verification every week (deploy/compose.yml); each may fail once. A week without
    // a backup is a failure, but not a day: a deployment runs doctor before it makes one.
    public static Task[] Checks(Examination app) =>
    [
        app.Check("D801", () => FindAge(app, "success", maxDays: 2)),
        app.Check("D802", () => FindAge(app, "success", maxDays: 7, none: null)),
        app.Check("D803", () => FindAge(app, "verified", maxDays: 15)),
        app.Check("D804", () => Regex.IsMatch(app.Configuration["RESTIC_REPOSITORY"] ?? "", "^(local:|/)")),
        app.Check("D805", async (_, ct) =>
        {
            var path = Path.Combine(Existing(app.Settings<UploadsOptions>().Directory), $".doctor-{Guid.NewGuid():N}");
            await using var file = File.Create(path, bufferSize: 1, FileOptions.DeleteOnClose);
            await file.WriteAsync(new byte[1], ct);

            return null;
        }),
        app.Check("D806", () => app.Settings<UploadsOptions>() is var uploads
            && new DriveInfo(Existing(uploads.Directory)).AvailableFreeSpace is var free
            && free / 10 < uploads.QuotaBytes ? free / (1024 * 1024) : null),
        app.Check("D808", () => app.Settings<UploadsOptions>().KeepDeleted < TimeSpan.FromDays(1)),
        app.Check("D810", () => string.IsNullOrEmpty(
            app.Configuration["BACKUP_PING_URL"] + app.Configuration["WATCHDOG_PING_URL"])),
        //#if (S3)
        app.Check("D809", async (_, ct) =>
        {
            using var s3 = S3FileStore.ClientOf(app.Settings<S3Options>());

            return app.Settings<S3Options>().Bucket is { Length: > 0 } bucket
                && (await s3.GetBucketVersioningAsync(bucket, ct)).VersioningConfig?.Status?.Value != "Enabled";
        }),
        //#endif
    ];

    /// <summary>An instance with a folder of its own does not have the files that the others stored.</summary>
    public static async Task<object?> FindLostFile(IServiceProvider services, CancellationToken ct)
    {
        foreach (var (table, files) in services.GetRequiredService<IAppDbContext>().AllFiles())
        {
            var newest = await files.OrderByDescending(file => file.Id).FirstOrDefaultAsync(ct);
            await using var content = newest is null
                ? Stream.Null
                : await services.GetRequiredService<IFileStore>().Open(new(table, newest.Id), newest.Size, ct);
            if (content is null)
            {
                return table;
            }
        }

        return null;
    }

    // The app makes the rest when it stores a file.
    private static string Existing(string folder) =>
        Directory.Exists(folder) ? folder : Existing(Path.GetDirectoryName(folder)!);

    private static string? FindAge(Examination app, string kind, int maxDays, string? none = "none is known")
    {
        var file = app.Settings<DoctorOptions>().BackupMetrics;
        var metrics = File.Exists(file) ? File.ReadAllText(file) : "";
        var seconds = Regex.Match(metrics, $@"(?m)^backup_last_{kind}_timestamp_seconds (\S+)").Groups[1].Value;
        if (seconds.Length == 0)
        {
            return none;
        }

        var age = app.Now - DateTimeOffset.UnixEpoch.AddSeconds(double.Parse(seconds, CultureInfo.InvariantCulture));

        return age.TotalDays > maxDays ? $"the last one was {age.TotalDays:0} days ago" : null;
    }
}
