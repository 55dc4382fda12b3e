using System.Globalization;
using System.Text.Json;

namespace ProdReadyTemplate.Tests;

/// <summary>What happens to the repository: damage is found, old snapshots go, and no password is seen.</summary>
public sealed class BackupRepositoryTests(BackupServer server, S3 s3) : IClassFixture<BackupServer>
{
    [Theory]
    [InlineData("data", "flipped")]
    [InlineData("data", "truncated")]
    [InlineData("config", "truncated")]
    public async Task Damage_is_found_and_nothing_half_is_restored(string part, string damage)
    {
        using var scripts = await server.BackedUp();
        using var pings = new Pings();
        await Damage(Path.Combine(scripts.Repository, part), damage);

        // restic retries a damaged file for a while, so both at the same time.
        var restoring = scripts.RestoreElsewhere();
        var verified = await scripts.Run("verify.sh", new() { ["VERIFY_PING_URL"] = pings.Url });
        var restored = await restoring;

        verified.Failed("verify.sh could not read the repository");
        Assert.Equal(["fail"], pings.Take());
        restored.Failed("restore.sh could not");
        Assert.Empty(
            await server.Postgres.Query(restored.Database, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'"));
        Assert.DoesNotContain("backup_last_verified", scripts.Metric());
        Assert.Empty(
            await server.Postgres.Query("postgres", "SELECT 1 FROM pg_database WHERE datname LIKE '%_verify'"));
    }

    [Theory]
    [InlineData("FAILED open or read")]
    [InlineData("checksum did NOT match")]
    public async Task A_row_without_its_file_is_a_failure_that_names_the_file(string because)
    {
        using var scripts = await server.Scripts();
        using var pings = new Pings();
        var file = Directory.GetFiles(scripts.Uploads, "*", SearchOption.AllDirectories)[7];
        File.Delete(file);
        if (because == "checksum did NOT match")
        {
            await File.WriteAllTextAsync(file, "Not what its row describes.", TestContext.Current.CancellationToken);
        }

        (await scripts.Run("backup.sh")).Succeeded();
        var verified = await scripts.Run("verify.sh", new() { ["VERIFY_PING_URL"] = pings.Url });
        var restored = await scripts.RestoreElsewhere();

        Assert.Equal(["fail"], pings.Take());
        Assert.DoesNotContain("backup_last_verified", scripts.Metric());
        verified.Failed(because);
        restored.Failed($"documents/{file[^2..]}/{Path.GetFileName(file)}: FAILED");
        // All the rest is there, so that the operator can go on.
        Assert.Equal(["20"], await server.Postgres.Query(restored.Database, "SELECT count(*) FROM documents"));
        Assert.Equal(19, Directory.GetFiles(scripts.In(restored.Database), "*", SearchOption.AllDirectories)
            .Count(path => new FileInfo(path).Length == 5000));
    }

    [Fact]
    public async Task A_bucket_holds_a_repository_as_well_as_a_folder_does()
    {
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        using var scripts = await server.Scripts();
        foreach (var (name, value) in await s3.StartWithTls())
        {
            scripts.Settings[name] = value;
        }

        (await scripts.Run("backup.sh")).Succeeded();
        await scripts.AddFile();
        (await scripts.Run("backup.sh")).Succeeded();
        (await scripts.Run("verify.sh")).Succeeded();
        var restored = await scripts.RestoreElsewhere();

        restored.Succeeded();
        Assert.Equal(["21"], await server.Postgres.Query(restored.Database, "SELECT count(*) FROM documents"));
        Assert.False(Directory.Exists(scripts.Repository));
    }

    [Fact]
    public async Task Thirty_days_chosen_from_thirteen_months_leave_what_the_retention_says()
    {
        using var scripts = await server.Scripts();
        var now = DateTime.UtcNow;
        int[] daysAgo =
        [
            1, 2, 3, 5, 6, 8, 9, 12, 13, 16, 20, 22, 27, 33, 36, 45,
            60, 61, 75, 90, 95, 120, 150, 151, 180, 210, 240, 270, 300, 330, 360, 390,
        ];
        await scripts.Restic("init");
        await File.WriteAllTextAsync(
            Path.Combine(scripts.Metrics, "repository"), "mark", TestContext.Current.CancellationToken);
        foreach (var days in daysAgo.Reverse())
        {
            var time = $"{now.AddDays(-days):yyyy-MM-dd HH:mm:ss}";
            await scripts.Restic(
                "backup", "--quiet", "--tag", "app", "--tag", "mark", "--time", time, scripts.Uploads);
        }

        await scripts.Restic("backup", "--quiet", "--tag", "other", "--time", "2001-01-01 00:00:00", scripts.Metrics);
        (await scripts.Run("backup.sh")).Succeeded();

        var all = daysAgo.Prepend(0).Select(days => now.AddDays(-days).Date).ToList();
        var kept = all.Take(7)
            .Concat(Newest(all, day => (ISOWeek.GetYear(day), ISOWeek.GetWeekOfYear(day)), 4))
            .Concat(Newest(all, day => (day.Year, day.Month), 12))
            .Append(new DateTime(2001, 1, 1));
        Assert.Equal(kept.Distinct().Order(), await Snapshots(scripts));
    }

    [Fact]
    public async Task No_password_is_on_a_command_line_or_in_the_output()
    {
        using var scripts = await server.Scripts();
        using var pings = new Pings();
        using var stop = new CancellationTokenSource();
        Dictionary<string, string?> settings =
            new() { ["BACKUP_PING_URL"] = pings.Url, ["VERIFY_PING_URL"] = pings.Url };
        var watching = CommandLines(stop.Token);

        var backup = await scripts.Run("backup.sh", settings);
        var verified = await scripts.Run("verify.sh", settings);
        await stop.CancelAsync();
        var seen = await watching;

        backup.Succeeded();
        verified.Succeeded();
        Assert.Equal(["ok", "ok"], pings.Take());
        Assert.Contains(seen, line => line.StartsWith("restic"));
        Assert.DoesNotContain(seen, line => line.Contains("must-not-be-logged"));
        Assert.DoesNotContain("must-not-be-logged", backup.Output + backup.Errors + verified.Output + verified.Errors);
        Assert.EndsWith("without APP_IMAGE or APP_DLL the app was not started.\n", verified.Output);
    }

    // restic makes its files read-only, which does not stop root.
    private static async Task Damage(string path, string damage)
    {
        var files = File.Exists(path) ? [path] : Directory.GetFiles(path, "*", SearchOption.AllDirectories);
        var largest = files.MaxBy(file => new FileInfo(file).Length)!;
        var content = await File.ReadAllBytesAsync(largest);
        content[content.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(largest, damage == "flipped" ? content : content[..(content.Length / 2)]);
    }

    private static IEnumerable<DateTime> Newest<T>(IEnumerable<DateTime> days, Func<DateTime, T> period, int count) =>
        days.GroupBy(period).Select(group => group.Max()).OrderDescending().Take(count);

    private static async Task<IEnumerable<DateTime>> Snapshots(BackupScripts scripts)
    {
        using var snapshots = JsonDocument.Parse(await scripts.Restic("snapshots", "--json"));

        return snapshots.RootElement.EnumerateArray()
            .Select(snapshot => snapshot.GetProperty("time").GetDateTime().Date)
            .Order()
            .ToList();
    }

    private static Task<HashSet<string>> CommandLines(CancellationToken ct) => Task.Run(
        () =>
        {
            var seen = new HashSet<string>();
            while (!ct.IsCancellationRequested)
            {
                foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => char.IsDigit(p[6])))
                {
                    try
                    {
                        seen.Add(File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' '));
                    }
                    catch (IOException)
                    {
                        // It has ended.
                    }
                }
            }

            return seen;
        },
        CancellationToken.None);
}
