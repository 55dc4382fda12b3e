using System.Diagnostics;

namespace ProdReadyTemplate.Tests;

/// <summary>Mishaps that no tool reports: the wrong repository, a wrong clock, a power cut, a moved folder.</summary>
public sealed class BackupMishapTests(BackupServer server) : IClassFixture<BackupServer>
{
    private static readonly TimeSpan MaxInterruption = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Two_installations_in_one_repository_keep_their_own_snapshots()
    {
        using var production = await server.Scripts();
        using var staging = await BackupScripts.WithFiles(server.Postgres, files: 1);
        staging.Settings["RESTIC_REPOSITORY"] = production.Repository;
        var newMachine = Directory.CreateDirectory(production.In("new-machine")).FullName;

        (await production.Run("backup.sh")).Succeeded();
        var first = await Newest(production);
        (await staging.Run("backup.sh")).Succeeded();
        var restored = await production.RestoreElsewhere();
        production.Settings["METRICS_DIR"] = newMachine;
        (await production.RestoreElsewhere(first)).Succeeded();
        (await production.Run("backup.sh")).Succeeded();

        restored.Succeeded();
        Assert.Contains("with 20 files that rows name", restored.Output);
        // The second one of production has replaced its first one of this day, and left that of staging alone.
        Assert.Equal(2, (await production.Restic("snapshots", "--json")).Split("\"short_id\"").Length - 1);
        Assert.DoesNotContain($"\"short_id\":\"{first}", await production.Restic("snapshots", "--json"));
    }

    [Fact]
    public async Task A_snapshot_that_was_made_while_the_clock_was_ahead_is_a_failure_until_it_is_removed()
    {
        using var scripts = await server.BackedUp();
        var good = await Newest(scripts);
        await scripts.Restic(
            "backup", "--quiet", "--tag", "app", "--tag", Mark(scripts), "--time", "2099-01-01 00:00:00",
            scripts.Uploads);

        (await scripts.Run("backup.sh")).Failed("is from the future");
        (await scripts.RestoreElsewhere()).Failed("is from the future");
        (await scripts.RestoreElsewhere(good)).Succeeded();

        await scripts.Restic("forget", await Newest(scripts));
        (await scripts.Run("backup.sh")).Succeeded();
    }

    [Fact]
    public async Task After_a_verification_was_killed_a_backup_and_a_restore_succeed()
    {
        using var scripts = await server.BackedUp();

        await KillACheck(scripts);
        (await scripts.RestoreElsewhere()).Succeeded();
        await KillACheck(scripts);
        (await scripts.Run("backup.sh")).Succeeded();
    }

    [Fact]
    public async Task An_interrupted_backup_ends_at_once_and_says_so()
    {
        using var scripts = await server.BackedUp();
        using var pings = new Pings();
        var holding = server.Postgres.Execute(
            scripts.Database, "BEGIN; LOCK TABLE rows; SELECT pg_sleep(60); COMMIT");
        await UntilSession(scripts, "wait_event = 'PgSleep'");

        using var backup = scripts.Start("backup.sh", new() { ["BACKUP_PING_URL"] = pings.OldUrl });
        await UntilSession(scripts, "application_name = 'pg_dump' AND wait_event_type = 'Lock'");
        var watch = Stopwatch.StartNew();
        await Cli.Run("/", [], "kill", "-TERM", $"{backup.Id}");
        await backup.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, MaxInterruption);
        Assert.Contains(
            "It was interrupted.",
            await backup.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["fail"], pings.Take());
        await server.Postgres.Execute("postgres", $"""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '{scripts.Database}' AND pid <> pg_backend_pid()
            """);
        await Assert.ThrowsAnyAsync<Exception>(() => holding);
    }

    [Fact]
    public async Task Files_behind_a_symbolic_link_and_in_a_folder_with_an_odd_name_come_back()
    {
        using var scripts = await server.Scripts();
        var moved = scripts.In("larger disk, [new]");
        Directory.Move(scripts.Uploads, moved);
        Directory.CreateSymbolicLink(scripts.Uploads, moved);

        (await scripts.Run("backup.sh")).Succeeded();
        var restored = await scripts.RestoreElsewhere();

        restored.Succeeded();
        Assert.Contains("with 20 files that rows name", restored.Output);
    }

    [Fact]
    public async Task Extensions_of_the_administrator_come_back_beside_tables_of_the_owner()
    {
        using var scripts = await server.Scripts();
        var (database, owner) = ($"owned_{Guid.NewGuid():N}", $"the owner {Guid.NewGuid():N}");
        await server.Postgres.Execute(scripts.Database, """
            CREATE EXTENSION citext;
            ALTER TABLE documents ADD COLUMN name citext;
            """);
        (await scripts.Run("backup.sh")).Succeeded();
        await server.Postgres.Execute("postgres", $"CREATE DATABASE {database}");
        await server.Postgres.Execute(
            database, $"""CREATE ROLE "{owner}" LOGIN; ALTER SCHEMA public OWNER TO "{owner}" """);

        (await scripts.Run("restore.sh", new() { ["PGDATABASE"] = database, ["UPLOADS_DIR"] = scripts.In(database) }))
            .Succeeded();

        Assert.Equal(["citext"], await server.Postgres.Query(
            database, "SELECT typname::text FROM pg_type WHERE typname = 'citext' AND typowner = 'postgres'::regrole"));
        Assert.Equal([owner], await server.Postgres.Query(
            database, "SELECT tableowner::text FROM pg_tables WHERE tablename = 'documents'"));
    }

    [Fact]
    public async Task Where_nothing_is_to_be_kept_nothing_is_removed()
    {
        using var scripts = await server.BackedUp();
        foreach (var period in new[] { "DAILY", "WEEKLY", "MONTHLY" })
        {
            scripts.Settings[$"KEEP_{period}"] = "0";
        }

        (await scripts.Run("backup.sh")).Succeeded();

        Assert.Equal(2, (await scripts.Restic("snapshots", "--json")).Split("\"short_id\"").Length - 1);
    }

    private static string Mark(BackupScripts scripts) =>
        File.ReadAllText(Path.Combine(scripts.Metrics, "repository")).Trim();

    private static async Task<string> Newest(BackupScripts scripts)
    {
        var snapshots = await scripts.Restic("snapshots", "--json", "--tag", "app", "latest");

        return snapshots.Split("\"short_id\":\"")[1][..8];
    }

    // It holds the exclusive lock of the repository, as verify.sh does while it reads.
    private static async Task KillACheck(BackupScripts scripts)
    {
        using var check = Cli.Start(scripts.Uploads, scripts.Settings, "restic", "check", "--read-data");
        var locks = Path.Combine(scripts.Repository, "locks");
        while (!Directory.EnumerateFiles(locks).Any() && !check.HasExited)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        check.Kill(entireProcessTree: true);
        await check.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEmpty(Directory.EnumerateFiles(locks));
    }

    private static async Task UntilSession(BackupScripts scripts, string does)
    {
        while ((await scripts.Server.Query(
            "postgres", $"SELECT 1 FROM pg_stat_activity WHERE datname = '{scripts.Database}' AND {does}")).Count == 0)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
