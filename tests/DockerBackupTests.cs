using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// docs/first-deploy.md on a real engine, then the nightly backup, and docs/runbooks/restore.md after a loss.
/// </summary>
[Collection(nameof(DockerProject))]
public sealed partial class DockerBackupTests(DockerProject made, DockerEngine docker)
{
    private readonly DockerStack stack = new(made, docker);

    [Fact]
    public async Task A_first_deployment_serves_and_a_database_that_was_dropped_comes_back_with_the_runbook_alone()
    {
        Assert.SkipWhen(DockerEngine.IsMissing, DockerEngine.Missing);
        await stack.Clear();
        try
        {
            await FollowFirstDeployment();
            await made.Docker(
                "run", "--detach", "--name", "mail", "--network", $"{DockerStack.Name}_edge",
                "--publish", "127.0.0.1::8025",
                StandIns.ImagesIn(made.Project.Read("docker-compose.yml")).Single(image => image.Contains("mailpit")));
            using var app = DockerStack.Client(DockerStack.Host);
            var user = new Visitor(Mailboxes.Mailpit(await made.Client("mail", 8025)));
            await user.SignUp(app);
            var file = await user.Upload(app, await user.OpenTicket(app));
            var backup = await Follow(Blocks(made.Project.Read("docs/backup.md")).Single());
            await NightlyBackup();
            Assert.Matches(@"(?m)^RTO \d+$", await VerifyWithTheApp());

            await stack.Compose(
                "run", "--rm", "backup", "psql", "-d", "postgres", "-c", "DROP DATABASE app WITH (FORCE)");
            var restored = await Follow(string.Concat(Steps()));

            Assert.Contains("Backed up.", backup);
            Assert.Matches(@"(?m)^RTO \d+\s*$", backup);
            Assert.Contains("with 1 files that rows name", restored);
            Assert.Matches(@"(?m)^RPO \d+\s*$", restored);
            await made.UntilReady(await stack.Compose("ps", "--quiet", "app-a"), app);
            await user.DownloadIsIntact(app, file);
            Assert.Equal(
                ["app-a", "app-b", "backup", "db", "proxy", "redis", "verify"],
                (await stack.Compose("ps", "--services", "--filter", "status=running")).Split('\n').Order());
        }
        finally
        {
            await made.Try("rm", "--force", "mail");
            await stack.Compose("down", "--volumes");
        }
    }

    // But for what needs a real name, another machine or the internet.
    private async Task FollowFirstDeployment()
    {
        await docker.StandInsFor(made.Project, "deploy/compose.yml", "docker-compose.yml");
        await stack.UseNetworkOfThisMachine();
        await made.Docker("tag", DockerProject.Image, "app:1");
        var commands = string.Concat(Blocks(made.Project.Read("docs/first-deploy.md")).Where(block =>
            !block.Contains("apt-get") && !block.Contains("git clone") && !block.Contains("ghcr.io")));
        foreach (var (documented, here) in new[]
        {
            ("DOCKER_BUILDKIT=1 docker build --build-arg VERSION=1 --tag app:1 .", ""),
            ("sftp:backup@backup.example:/app",
                $"/var/lib/backup/repository PwnedPasswords__Enabled=false '{DockerStack.Accepted}'"),
            ("Smtp__Host=smtp.example", "Smtp__Host=mail Smtp__Port=1025 Smtp__UseTls=false"),
            ("curl -i", $"curl -ik --resolve {DockerStack.Host}:443:127.0.0.1"),
            ("app.example", DockerStack.Host),
        })
        {
            Assert.Contains(documented, commands);
            commands = commands.Replace(documented, here);
        }

        var said = await Follow(commands);

        Assert.Contains("Smtp__UserName", said);
        Assert.Matches(@"deploy: app:kept-\w+ serves\.", said);
        Assert.Contains("Healthy", said);
        Assert.Matches(@"(?m)^RTO \d+\s*$", said);
        // It knows where the repository is, and when the last backup was made and restored.
        Assert.Contains("D804", said);
        Assert.DoesNotMatch("D80[123]", said);
        Assert.Matches(@"(?m)^Failures: 0, warnings: \d+\.", said);
    }

    private Task<string> Follow(string commands) => made.Shell($"set -e\n{commands}");

    // It waits for three o'clock, and does not if the machine was off then, or if its clock was ahead at the last one.
    private async Task NightlyBackup()
    {
        var next = await stack.Compose(
            "exec", "-T", "backup", "snooze", "-n", "-H3", "-s1d", "-t/metrics/backup.time", "true");
        Assert.Matches(@"^\d{4}-\d\d-\d\dT03:00:00", next);
        var container = await stack.Compose("ps", "--quiet", "backup");
        Assert.Contains("snooze -H3", await made.Docker("top", container));

        foreach (var (before, last) in new[] { "3 days ago", "next year" }.Index())
        {
            await stack.Compose("exec", "-T", "backup", "touch", "-d", last, "/metrics/backup.time");
            await stack.Compose("restart", "backup");
            // Between two nights it stops and starts, so a wait may not expect it to run.
            for (var tries = 0; await Backups() <= before; tries++)
            {
                Assert.InRange(tries, 0, 60);
                await Task.Delay(500, TestContext.Current.CancellationToken);
            }
        }

        async Task<int> Backups() => (await made.Docker("logs", container)).Split("Backed up.").Length - 1;
    }

    // On a host with docker, as backup-verify.yml does.
    private async Task<string> VerifyWithTheApp()
    {
        var database = await made.Inspect(
            await stack.Compose("ps", "--quiet", "db"), "range .NetworkSettings.Networks}}{{.IPAddress}}{{end");
        var volume = await made.Docker(
            "volume", "inspect", "--format", "{{.Mountpoint}}", $"{DockerStack.Name}_backup");

        return await made.Shell($"""
            set -e
            METRICS_DIR=$(mktemp -d)
            eval "$(grep -E '^(PGPASSWORD|RESTIC_PASSWORD)=' deploy/app.env)"
            export METRICS_DIR RESTIC_CACHE_DIR="$METRICS_DIR/cache" UPLOADS_DIR=/data/uploads
            export PGHOST={database} PGUSER=postgres PGPASSWORD PGDATABASE=app
            export RESTIC_REPOSITORY={volume}/repository RESTIC_PASSWORD
            export APP_IMAGE={DockerProject.Image} ASPNETCORE_URLS=http://127.0.0.1:{PostgresServer.FreePort()}
            env $(grep -E '^(Jwt|App|Smtp|AllowedHosts)' deploy/app.env) sh deploy/backup/verify.sh
            rm -rf "$METRICS_DIR"
            """);
    }

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
