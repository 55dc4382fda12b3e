using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>deploy/compose.yml on a real engine: database, nightly backup, and the runbook after a loss.</summary>
[Collection(nameof(DockerProject))]
public sealed partial class DockerBackupTests(DockerProject made)
{
    private static readonly string[] App =
        ["--network", "deploy_default", "--env-file", "deploy/app.env", "--volume", "deploy_data:/data"];

    [Fact]
    public async Task A_database_that_was_dropped_comes_back_with_the_runbook_alone()
    {
        Assert.SkipWhen(DockerEngine.IsMissing, DockerEngine.Missing);
        await WriteSettings();
        try
        {
            await Compose("up", "--detach", "--build");
            await made.Docker(
                "run", "--detach", "--name", "mail", "--network", "deploy_default", "--publish", "127.0.0.1::8025",
                StandIns.ImagesIn(made.Project.Read("docker-compose.yml")).Single(image => image.Contains("mailpit")));
            await Follow(Steps().Single(step => step.Contains("create-roles.sh")));
            using var app = await Serve("before");
            var user = new Visitor(Mailboxes.Mailpit(await made.Client("mail", 8025)));
            await user.SignUp(app);
            var file = await user.Upload(app, await user.OpenTicket(app));
            var firstBackup = await Follow(Blocks(made.Project.Read("docs/backup.md")).Single());
            await NightlyBackup();
            Assert.Matches(@"(?m)^RTO \d+$", await VerifyWithTheApp());

            await Compose("run", "--rm", "backup", "psql", "-d", "postgres", "-c", "DROP DATABASE app WITH (FORCE)");
            await made.Docker("rm", "--force", "before");
            var restored = await Follow(string.Concat(Steps()));

            Assert.Contains("Backed up.", firstBackup);
            Assert.Matches(@"(?m)^RTO \d+\s*$", firstBackup);
            Assert.Contains("with 1 files that rows name", restored);
            Assert.Matches(@"(?m)^RPO \d+\s*$", restored);
            using var again = await Serve("after");
            await user.DownloadIsIntact(again, file);
            Assert.Equal(["backup", "db", "verify"], await Running());
        }
        finally
        {
            await made.Try("rm", "--force", "mail", "before", "after");
            await Compose("down", "--volumes");
        }
    }

    // As the operator would, but for the services that compose.yml does not have.
    private async Task<string> Follow(string commands)
    {
        foreach (var password in new[] { "for-the-app", "for-migrate" })
        {
            commands = new Regex("…").Replace(commands, password, 1);
        }

        var migrate = $"docker run --rm {string.Join(' ', App)} {DockerProject.Image} migrate";
        commands = commands.Replace("docker compose -f deploy/compose.yml run --rm migrate", migrate);

        return await made.Shell($"set -e\n{commands}");
    }

    // It waits for three o'clock, and does not if the machine was off then.
    private async Task NightlyBackup()
    {
        var next = await Compose(
            "exec", "-T", "backup", "snooze", "-n", "-H3", "-s1d", "-t/metrics/backup.time", "true");
        Assert.Matches(@"^\d{4}-\d\d-\d\dT03:00:00", next);
        var container = await Compose("ps", "--quiet", "backup");
        Assert.Contains("snooze -H3", await made.Docker("top", container));

        await Compose("exec", "-T", "backup", "touch", "-d", "3 days ago", "/metrics/backup.time");
        await Compose("restart", "backup");
        // Between two nights it stops and starts, so a wait may not expect it to run.
        for (var tries = 0; !(await made.Docker("logs", container)).Contains("Backed up."); tries++)
        {
            Assert.InRange(tries, 0, 60);
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
    }

    // On a host with docker, as backup-verify.yml does.
    private async Task<string> VerifyWithTheApp()
    {
        var database = await made.Inspect(
            await Compose("ps", "--quiet", "db"), "range .NetworkSettings.Networks}}{{.IPAddress}}{{end");
        var volume = await made.Docker("volume", "inspect", "--format", "{{.Mountpoint}}", "deploy_backup");

        return await made.Shell($"""
            set -e
            METRICS_DIR=$(mktemp -d)
            export METRICS_DIR RESTIC_CACHE_DIR="$METRICS_DIR/cache" UPLOADS_DIR=/data/uploads
            export PGHOST={database} PGUSER=postgres PGPASSWORD=for-the-administrator PGDATABASE=app
            export RESTIC_REPOSITORY={volume}/repository RESTIC_PASSWORD=for-backups
            export APP_IMAGE={DockerProject.Image} ASPNETCORE_URLS=http://127.0.0.1:{PostgresServer.FreePort()}
            env $(grep -E '^(Jwt|App|Smtp|AllowedHosts)' deploy/app.env) sh deploy/backup/verify.sh
            rm -rf "$METRICS_DIR"
            """);
    }

    private async Task<HttpClient> Serve(string name)
    {
        await made.Docker(["run", "--rm", .. App, DockerProject.Image, "migrate"]);
        await made.Docker(
            ["run", "--detach", "--name", name, .. App, "--publish", "127.0.0.1::8080", DockerProject.Image]);
        var client = await made.Client(name, 8080, DockerProduction.Host);
        await made.UntilReady(name, client);

        return client;
    }

    private async Task WriteSettings()
    {
        var example = made.Project.Read("deploy/app.env.example");
        foreach (var (name, value) in new[]
        {
            ("POSTGRES_PASSWORD", "for-the-administrator"), ("PGPASSWORD", "for-the-administrator"),
            ("RESTIC_PASSWORD", "for-backups"), ("RESTIC_REPOSITORY", "/var/lib/backup/repository"),
        })
        {
            Assert.Contains($"\n{name}=\n", example);
            example = example.Replace($"\n{name}=\n", $"\n{name}={value}\n");
        }

        await made.Write("deploy/app.env", $"""
            {example}
            {DockerProduction.Settings("mail")}
            ConnectionStrings__Database=Host=db;Database=app;Username=app;Password=for-the-app
            ConnectionStrings__Migrations=Host=db;Database=app;Username=app_migrations;Password=for-migrate
            """);
        // The network of this machine, with its registry of packages.
        await made.Write("deploy/compose.yml", made.Project.Read("deploy/compose.yml").Replace(
            "build: backup", "build: { context: backup, network: host }"));
    }

    private async Task<IEnumerable<string>> Running() =>
        (await Compose("ps", "--services", "--filter", "status=running")).Split('\n').Order();

    private Task<string> Compose(params string[] args) =>
        made.Docker(["compose", "-f", "deploy/compose.yml", .. args]);

    /// <summary>The commands of each numbered step of the runbook.</summary>
    private IEnumerable<string> Steps() => Step().Matches(made.Project.Read("docs/runbooks/restore.md"))
        .Select(step => string.Concat(Blocks(step.Value)));

    private static IEnumerable<string> Blocks(string text) =>
        Block().Matches(text).Select(block => block.Groups["code"].Value);

    [GeneratedRegex(@"(?ms)^\d\. .*?(?=^\d\. |^## )")]
    private static partial Regex Step();

    [GeneratedRegex(@"(?ms)^ *```sh\n(?<code>.*?)^ *```")]
    private static partial Regex Block();
}
