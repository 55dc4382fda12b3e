using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>ci.sh, and the lock files that its first step makes.</summary>
public sealed class PipelineTests(Template template)
{
    [Fact]
    public async Task The_steps_of_a_new_project_succeed_and_one_that_fails_ends_the_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "ci.sh is for Linux and macOS.");
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        var project = await template.GenerateIn("a pipeline with a space", "2026-X");
        Assert.DoesNotContain(project.Files(), file => file.EndsWith("packages.lock.json"));

        foreach (var step in new[] { "restore", "build", "migrations", "audit" })
        {
            var (code, output, errors) = await Ci(project, step);
            Assert.True(code == 0, output + errors);
        }

        using (await Turn.ToTest())
        {
            var (code, output, errors) = await Ci(
                project, "test", "--project", "tests/Features", "--filter-class", "*LoginTests");
            Assert.True(code == 0, output + errors);
            // Unless a server for them runs here.
            Assert.Contains("Skipped tests on PostgreSQL: TEST_POSTGRES is not set", errors);
        }

        Assert.Equal(4, project.Files().Count(file => file.EndsWith("packages.lock.json")));
        Assert.Contains("Skipped image", (await Ci(project, "image")).Errors);

        Replace(project, "src/Program.cs", "^", "  ");
        var run = await Ci(project);

        Assert.Equal(2, run.Code);
        Assert.EndsWith("ci.sh: format failed, with exit code 2.\n", run.Errors);
        Assert.Contains("== Restore the packages", run.Output);
        Assert.DoesNotContain("== Build", run.Output);
    }

    [Fact]
    public async Task What_a_machine_lacks_is_skipped_aloud_and_an_error_on_GitHub()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "ci.sh is for Linux and macOS.");
        var project = new Project(Path.Combine(Template.Repository, "template"));

        var here = await Ci(project, "image");
        var there = await Cli.Try(
            project.Folder, new(Environment) { ["GITHUB_ACTIONS"] = "true" }, Script(project), "image");
        var unknown = await Ci(project, ".*");

        Assert.Equal((0, "Skipped image: Docker does not answer.\n"), (here.Code, here.Errors));
        Assert.Equal(1, there.Code);
        Assert.EndsWith("ci.sh: image failed, with exit code 1.\n", there.Errors);
        Assert.Equal(2, unknown.Code);
        Assert.Contains("There is no step '.*'", unknown.Errors);
    }

    [Fact]
    public async Task An_advisory_or_a_list_that_cannot_be_read_fails_the_audit_and_no_other_restore()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "ci.sh is for Linux and macOS.");
        var project = await template.GenerateIn("advisory", "Acme.Shop");
        string configuration;
        using (var advisories = new Advisories("mailkit"))
        {
            configuration = advisories.Configuration;
            await File.WriteAllTextAsync(Path.Combine(project.Folder, "nuget.config"), configuration, Ct);

            var restored = await Cli.Dotnet(project.Folder, "restore");
            var audited = await Ci(project, "audit");

            Assert.Contains("warning NU1507", restored);
            Assert.Contains("warning NU1903: Package 'MailKit'", restored);
            Assert.NotEqual(0, audited.Code);
            Assert.Contains("error NU1903", audited.Output);
            Assert.DoesNotContain("error NU1507", audited.Output);
        }

        // Another address, since NuGet remembers what it has read.
        await File.WriteAllTextAsync(
            Path.Combine(project.Folder, "nuget.config"), configuration.Replace("index.json", "gone.json"), Ct);
        Assert.Contains("warning NU1900", await Cli.Dotnet(project.Folder, "restore", "--force"));
        Assert.Contains("error NU1900", (await Ci(project, "audit")).Output);
    }

    [Fact]
    public async Task A_lock_file_is_for_the_image_as_well_and_must_agree_with_the_packages()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "ci.sh is for Linux and macOS.");
        var project = await template.GenerateIn("locked", "Acme.Shop");
        await Cli.Dotnet(project.Folder, "restore");
        var lockFile = project.Read("src/packages.lock.json");

        var restore = Regex.Match(project.Read("Dockerfile"), @"RUN dotnet (restore .*) --arch \$TARGETARCH");
        foreach (var architecture in new[] { "amd64", "arm64" })
        {
            await Cli.Dotnet(project.Folder, [.. restore.Groups[1].Value.Split(' '), "--arch", architecture]);
        }

        Assert.Equal(lockFile, project.Read("src/packages.lock.json"));

        Replace(project, "src/packages.lock.json", @"(?<=""contentHash"": "")[^""]+", new string('A', 86) + "==");
        Assert.Contains("NU1403", (await Ci(project, "restore", "--force")).Output);

        await File.WriteAllTextAsync(Path.Combine(project.Folder, "src", "packages.lock.json"), lockFile, Ct);
        Replace(project, "src/packages.lock.json", @"(?<=""requested"": ""\[)\d+", "1");
        var changed = await Ci(project, "restore");
        Assert.NotEqual(0, changed.Code);
        Assert.Contains("dotnet restore, and commit the packages.lock.json", changed.Errors);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    // Without a server, so that it is the same on each machine.
    private static Dictionary<string, string?> Environment => new()
    {
        ["GITHUB_ACTIONS"] = null,
        ["TEST_POSTGRES"] = null,
        ["DOCKER_HOST"] = "tcp://127.0.0.1:1",
    };

    private static Task<(int Code, string Output, string Errors)> Ci(Project project, params string[] args) =>
        Cli.Try(project.Folder, Environment, Script(project), args);

    private static string Script(Project project) => Path.Combine(project.Folder, "ci.sh");

    private static void Replace(Project project, string file, string pattern, string replacement) => File.WriteAllText(
        Path.Combine(project.Folder, file), new Regex(pattern).Replace(project.Read(file), replacement, 1));
}
