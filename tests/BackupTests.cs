using System.Net;
using System.Net.Sockets;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// What can go wrong with a backup. Each failure is an exit code, one line and a ping, and the snapshot from before can
/// still be restored.
/// </summary>
public sealed class BackupTests(BackupServer server) : IClassFixture<BackupServer>
{
    [Fact]
    public async Task A_snapshot_comes_back_with_its_rows_and_files_and_holds_back_its_mails()
    {
        using var scripts = await server.Scripts();
        using var pings = new Pings();

        (await scripts.Run("backup.sh", new() { ["BACKUP_PING_URL"] = pings.Url })).Succeeded();
        await scripts.AddFile();
        var restored = await scripts.RestoreElsewhere();
        restored.Succeeded();

        Assert.Equal(["ok"], pings.Take());
        Assert.Contains("with 20 files that rows name", restored.Output);
        Assert.Matches(@"(?m)^RPO \d+$", restored.Output);
        Assert.Equal(["20"], await server.Postgres.Query(restored.Database, "SELECT count(*) FROM documents"));
        Assert.Equal(
            ["True", "False"],
            await server.Postgres.Query(
                restored.Database, "SELECT failed_at > now() - interval '1 hour' FROM outbox_emails ORDER BY id"));
        Assert.Contains("backup_last_success_timestamp_seconds 1", scripts.Metric());
    }

    [Fact]
    public async Task Mails_that_waited_are_kept_on_request()
    {
        using var scripts = await server.BackedUp();

        var restored = await scripts.RestoreElsewhere("--keep-mails");

        restored.Succeeded();
        Assert.Equal(
            ["1"],
            await server.Postgres.Query(restored.Database, "SELECT id FROM outbox_emails WHERE failed_at IS NULL"));
    }

    [Fact]
    public async Task A_wrong_setting_is_a_failure()
    {
        using var scripts = await server.BackedUp();
        (string Setting, string? Value, string Because)[] wrong =
        [
            ("RESTIC_PASSWORD", "wrong", "wrong password"),
            ("PGPASSWORD", "wrong", "password authentication failed"),
            ("PGDATABASE", "missing", "database \"missing\" does not exist"),
            ("PGPORT", "1", "Connection refused"),
            ("RESTIC_REPOSITORY", "rest:http://app:must-not-be-logged@127.0.0.1:1/", "connection refused"),
            ("RESTIC_REPOSITORY", "sftp://app@127.0.0.1:1/", "open the repository"),
            ("RESTIC_REPOSITORY", "/nowhere", "There was one before"),
            ("RESTIC_REPOSITORY", null, "RESTIC_REPOSITORY"),
            ("METRICS_DIR", "/nowhere", "/nowhere"),
            ("UPLOADS_DIR", "/nowhere/uploads", "/nowhere/uploads"),
        ];

        foreach (var (setting, value, because) in wrong)
        {
            await Fails(scripts, new() { [setting] = value }, because);
        }

        await LastGoodSnapshotIsThere(scripts);
        Assert.False(Directory.Exists("/nowhere"));
    }

    [Fact]
    public async Task A_port_that_never_answers_is_a_failure_after_a_while()
    {
        using var scripts = await server.BackedUp();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = $"{((IPEndPoint)silent.LocalEndpoint).Port}";

        await Task.WhenAll(
            Fails(scripts, new() { ["PGPORT"] = port }, "timeout expired"),
            Silent($"rest:http://127.0.0.1:{port}/"),
            Silent($"sftp://app@127.0.0.1:{port}/app"),
            Silent($"s3:http://127.0.0.1:{port}/app"));

        await LastGoodSnapshotIsThere(scripts);
    }

    [Fact]
    public async Task A_full_disk_is_a_failure()
    {
        using var scripts = await server.BackedUp();
        var small = Directory.CreateDirectory(scripts.In("small")).FullName;
        await Cli.Run("/", [], "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small);
        try
        {
            await Fails(scripts, new() { ["TMPDIR"] = small }, "No space left on device");
            await LastGoodSnapshotIsThere(scripts);
        }
        finally
        {
            await Cli.Run("/", [], "umount", small);
        }
    }

    [Fact]
    public async Task A_client_that_is_older_than_the_server_is_a_failure()
    {
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        using var scripts = await server.BackedUp();
        await using var newer = await NewerPostgres.Start();

        await Fails(scripts, new(newer.Variables) { ["PGDATABASE"] = "postgres" }, "server version mismatch");

        await LastGoodSnapshotIsThere(scripts);
    }

    [Fact]
    public async Task Of_two_at_once_one_fails()
    {
        using var scripts = await server.BackedUp();
        using var pings = new Pings();
        Dictionary<string, string?> settings = new() { ["BACKUP_PING_URL"] = pings.Url };

        var both = await Task.WhenAll(scripts.Run("backup.sh", settings), scripts.Run("backup.sh", settings));

        Assert.Single(both, run => run.Code == 0);
        both.Single(run => run.Code != 0).Failed("Another backup or verification is running");
        Assert.Equal(["fail", "ok"], pings.Take());
    }

    [Fact]
    public async Task After_a_kill_at_any_moment_the_next_backup_succeeds()
    {
        using var scripts = await server.BackedUp();
        for (var delay = 200; delay <= 2200; delay += 400)
        {
            using var killed = scripts.Start("backup.sh");
            await Task.Delay(delay, TestContext.Current.CancellationToken);
            killed.Kill(entireProcessTree: true);
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        (await scripts.RestoreElsewhere()).Succeeded();
        (await scripts.Run("backup.sh")).Succeeded();
        (await scripts.Run("verify.sh")).Succeeded();
    }

    [Fact]
    public async Task A_restore_over_something_is_refused()
    {
        using var scripts = await server.BackedUp();
        var elsewhere = scripts.In("elsewhere");
        var empty = $"{scripts.Database}_empty";
        await server.Postgres.Execute("postgres", $"CREATE DATABASE {empty}");

        (await scripts.Run("restore.sh", new() { ["UPLOADS_DIR"] = elsewhere })).Failed("is not empty");
        (await scripts.Run("restore.sh", new() { ["PGDATABASE"] = empty })).Failed("is not empty");
        (await scripts.Run("restore.sh", null, "--everything")).Failed("Usage");
        (await scripts.RestoreElsewhere("0123abcd")).Failed("no matching ID");

        Assert.False(Directory.Exists(elsewhere));
        Assert.Equal(20, Directory.GetFiles(scripts.Uploads, "*", SearchOption.AllDirectories).Length);
    }

    private async Task Silent(string repository)
    {
        using var scripts = await server.BackedUp();

        await Fails(scripts, new() { ["RESTIC_REPOSITORY"] = repository }, "No answer within 30s");
    }

    private static async Task Fails(BackupScripts scripts, Dictionary<string, string?> settings, string because)
    {
        using var pings = new Pings();
        settings["BACKUP_PING_URL"] = pings.Url;

        (await scripts.Run("backup.sh", settings)).Failed(because);

        Assert.Equal(["fail"], pings.Take());
    }

    private static async Task LastGoodSnapshotIsThere(BackupScripts scripts)
    {
        (await scripts.RestoreElsewhere()).Succeeded();
        Assert.Single((await scripts.Restic("snapshots", "--compact")).Split('\n'), line => line.Contains("  app"));
    }
}
