using System.Globalization;

namespace ProdReady.Doctor;

internal static partial class Backups
{
    // The backup runs every night, the verification every week (deploy/compose.yml); each may fail once. A week without
    // a backup is a failure, but not a day: a deployment runs doctor before it makes one.
    public static Check[] Checks(ExaminedApp app) =>
    [
        new("D801", ct => FindAge(app, "success", TimeSpan.FromDays(2), "there was none yet", ct)),
        new("D802", ct => FindAge(app, "success", TimeSpan.FromDays(7), none: null, ct)),
        new("D803", ct => FindAge(app, "verified", TimeSpan.FromDays(15), "none was restored yet", ct)),
        new("D804", () => app.Configuration["RESTIC_REPOSITORY"] is ['/', ..]),
        .. FileChecks.OfStorage(app),
    ];

    private static async Task<string?> FindAge(
        ExaminedApp app, string kind, TimeSpan max, string? none, CancellationToken ct)
    {
        var file = app.Settings<DoctorOptions>().BackupMetrics;
        var metrics = File.Exists(file) ? await File.ReadAllTextAsync(file, ct) : "";
        var last = Metric().Matches(metrics).FirstOrDefault(metric => metric.Groups["kind"].Value == kind);
        if (last is null)
        {
            return file.Length == 0 && none is not null ? "Doctor:BackupMetrics is not set" : none;
        }

        var seconds = double.Parse(last.Groups["seconds"].Value, CultureInfo.InvariantCulture);
        var age = app.Now - DateTimeOffset.UnixEpoch.AddSeconds(seconds);

        return age > max ? $"the last one was {age.TotalDays:0} days ago" : null;
    }

    [GeneratedRegex(@"(?m)^backup_last_(?<kind>success|verified)_timestamp_seconds (?<seconds>[0-9.eE+]+)\s*$")]
    private static partial Regex Metric();
}
