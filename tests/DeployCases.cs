using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>What can happen in a deployment: each case says how it ends, and which release serves then.</summary>
internal sealed class DeployCases(
    DockerProject made, DockerEngine docker, DockerStack stack, DockerRegistry registry, DeployReleases releases)
{
    private const string WithoutDoctor = "SKIP_DOCTOR=1";
    private const string Quick = $"{WithoutDoctor} SKIP_BACKUP=1";

    private readonly List<string> failures = [];
    private readonly List<string> table = [];
    private readonly List<string> names = [];

    public IReadOnlyList<string> Failures => failures;

    public IReadOnlyList<string> Table => table;

    public IReadOnlyList<string> Names => names;

    /// <summary>On an empty machine, where nothing serves yet.</summary>
    public async Task FirstDeployments()
    {
        await Case(
            "first deployment, does not start", null, () => Ends("crashes"), 1, "Jwt:Issuer.* Nothing serves", "");
        await Case("first deployment", null, () => Ends("one", ""), 0, "serves", "one");
    }

    /// <summary>All that follow, under load.</summary>
    public async Task Run(ConstantRate load)
    {
        await Case("good release", load, () => Ends("two", ""), 0, "serves", "two");
        await Case("doctor fails", load, DoctorFails, 1, "doctor .*✗ D701 The mail server", "two");
        await Case("bad Caddyfile", load, BadCaddyfile, 1, "could not load proxy/Caddyfile: .*nonsense", "two");
        await Case("backup fails", load, BackupFails, 1, "could not back up .*Another backup", "two");
        await Case("migration fails", load, () => Ends("fails"), 1, "could not migrate: .*division by zero", "two");
        await Case("never ready", load, NeverReady, 1, "app-a does not become ready: Not ready", "two");
        await Case("does not start", load, () => Ends("crashes"), 1, "app-a does not .*Jwt:Issuer", "two");
        await Case("smoke test fails", load, () => Ends("smoke"), 1, "answered 200 400", "two");
        await Case("registry away", load, RegistryAway, 1, "could not pull .*refused", "two");
        await Case("disk full", load, DiskFull, 1, "could not pull .*no space left", "two");
        await Case("proxy restarts meanwhile", load, ProxyRestarts, 0, "serves", "three", mayRefuse: true);
        await Case("SIGINT, Ctrl+C", load, () => Interrupted("INT", "start app-b"), 1, "interrupted: start", "three");
        await Case("SIGTERM", load, () => Interrupted("TERM", "migrate"), 1, "interrupted: migrate", "three");
        await Case("SIGHUP, connection lost", load, DoctorInterrupted, 1, "interrupted: doctor", "three");
        await Case("kill -9, then again", load, KilledThenAgain, 0, "serves", "four");
        await Case("two at once", load, Twice, 1, "another deployment is running", "later");
        await Case("schema change, then back", load, () => Ends("--previous"), 0, "serves", "four");
        Check("previous", releases["later"], stack.Content("previous"));
    }

    private async Task Case(
        string name, ConstantRate? load, Func<Task<(int ExitCode, string LastLine)>> run, int exitCode, string lastLine,
        string serving, bool mayRefuse = false)
    {
        var lost = load?.Lost.Count ?? 0;
        var (sent, began) = (load?.Sent ?? 0, DateTime.UtcNow);
        var (code, line) = await run();
        var unanswered = load?.Lost.Skip(lost).ToArray() ?? [];
        var image = serving is "" ? null : releases[serving];

        names.Add(name);
        var all = (load?.Sent ?? 0) - sent;
        table.Add($"| {name} | {code} | {Short(line)} | {serving} | {unanswered.Length} of {all} | "
            + $"{(DateTime.UtcNow - began).TotalSeconds:0} s |");
        Check($"{name}: exit code", exitCode, code);
        Check($"{name}: last line {line}", true, Regex.IsMatch(line, lastLine));
        Check($"{name}: serving", image is null ? "" : $"{image} {image}", string.Join(' ', await stack.Serving()));
        Check($"{name}: release", image, stack.Content("release"));
        Check($"{name}: unfinished", null, stack.Content("unfinished"));
        // An answer begins with its status. Without one the connection was refused or closed.
        Check($"{name}: lost", "", string.Join('\n', mayRefuse
            ? unanswered.Where(request => Regex.IsMatch(request, @"^\w+ \d{3} "))
            : unanswered));
    }

    private void Check<T>(string what, T expected, T actual)
    {
        if (!Equals(expected, actual))
        {
            failures.Add($"{what}: {actual} in place of {expected}");
        }
    }

    private Deployment Start(string release, string settings = Quick) =>
        stack.Deploy(release is "--previous" ? release : releases[release], settings);

    private async Task<(int ExitCode, string LastLine)> Ends(string release, string settings = Quick)
    {
        using var deployment = Start(release, settings);

        return await deployment.Ends();
    }

    private Task<(int ExitCode, string LastLine)> NeverReady() => Ends("never", $"{Quick} READY_TIMEOUT=8");

    // There is no mail server, which is accepted in app.env for all other cases.
    private Task<(int ExitCode, string LastLine)> DoctorFails() => EndsWith(
        "app.env", settings => settings.Replace(DockerStack.Accepted, ""), "SKIP_BACKUP=1");

    private Task<(int ExitCode, string LastLine)> BadCaddyfile() => EndsWith(
        "proxy/Caddyfile", sites => $"{sites}\nshop.local {{\n\tnonsense\n}}\n", Quick);

    private async Task<(int ExitCode, string LastLine)> EndsWith(
        string file, Func<string, string> change, string settings)
    {
        var content = stack.Content(file)!;
        await made.Write($"deploy/{file}", change(content));
        var result = await Ends("three", settings);
        await made.Write($"deploy/{file}", content);

        return result;
    }

    // As a nightly backup does that is running.
    private async Task<(int ExitCode, string LastLine)> BackupFails()
    {
        var holder = await stack.Compose("ps", "--quiet", "backup");
        await made.Docker("exec", "--detach", holder, "flock", "/metrics/lock", "sleep", "1000");
        var result = await Ends("three", WithoutDoctor);
        await made.Docker("restart", "--time", "1", holder);

        return result;
    }

    private async Task<(int ExitCode, string LastLine)> RegistryAway()
    {
        await registry.Stop();
        var result = await Ends("missing");
        await registry.Start();

        return result;
    }

    // The folder into which the engine downloads has room for a part of the image.
    private async Task<(int ExitCode, string LastLine)> DiskFull()
    {
        await made.Shell($"mount -t tmpfs -o size=8m tmpfs {docker.Data}/tmp");
        try
        {
            return await Ends("large");
        }
        finally
        {
            await made.Shell($"umount {docker.Data}/tmp");
        }
    }

    private async Task<(int ExitCode, string LastLine)> ProxyRestarts()
    {
        using var deployment = Start("three");
        await deployment.Begins("start app-b");
        await stack.RecreateProxy();

        return await deployment.Ends();
    }

    private async Task<(int ExitCode, string LastLine)> DoctorInterrupted()
    {
        var result = await Interrupted("HUP", "doctor", settings: "");
        Check("doctor that was interrupted", "", await made.Docker("ps", "--quiet", "--filter", "name=doctor"));

        return result;
    }

    private async Task<(int ExitCode, string LastLine)> Interrupted(string signal, string step, string settings = Quick)
    {
        using var deployment = Start("four", settings);
        await deployment.Begins(step);
        await Task.Delay(500);
        await deployment.Signal(signal);

        return await deployment.Ends();
    }

    private async Task<(int ExitCode, string LastLine)> KilledThenAgain()
    {
        using (var deployment = Start("four"))
        {
            await deployment.Begins("start app-b");
            await deployment.Signal("KILL");
            await deployment.Ends();
        }

        return await Ends("four");
    }

    private async Task<(int ExitCode, string LastLine)> Twice()
    {
        using var first = Start("later");
        await first.Begins("start");
        var second = await Ends("two");
        Check("two at once: exit code of the first", 0, (await first.Ends()).ExitCode);

        return second;
    }

    private static string Short(string line) => Regex.Replace(line, "127.0.0.1:\\d+/app@sha256:(.{6})\\S*", "app@$1");
}
