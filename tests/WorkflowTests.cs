using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace ProdReadyTemplate.Tests;

/// <summary>The workflows of a generated project, and those of this repository.</summary>
public sealed class WorkflowTests
{
    private static readonly string[] Ours = In(".github");
    private static readonly string[] Generated = In("template", ".github");

    [Fact]
    public async Task The_workflow_runs_the_steps_of_ci_sh_under_their_titles_and_nothing_else_but_scans()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "ci.sh is for Linux and macOS.");
        var folder = Path.Combine(Template.Repository, "template");
        var listed = (await Cli.Run(folder, [], Path.Combine(folder, "ci.sh"), "--list")).Trim().Split('\n')
            .Select(line => Regex.Replace(line, " +(.+)", "|$1"));

        var steps = Jobs(Path.Combine(folder, ".github", "workflows", "ci.yml"))
            .SelectMany(job => Steps(job.Value))
            .Where(step => step.Children.ContainsKey("run"))
            .Select(step => (Run: Text(step, "run"), Title: Text(step, "name")))
            .ToList();

        Assert.Equal(listed, steps
            .Where(step => step.Run.StartsWith("./ci.sh "))
            .Select(step => $"{step.Run["./ci.sh ".Length..]}|{step.Title}"));
        Assert.Equal(
            ["Install Redis and a pooler for the tests", "Search all commits for secrets"],
            steps.Where(step => !step.Run.StartsWith("./ci.sh ")).Select(step => step.Title));
    }

    [Fact]
    public void Every_job_has_an_end_and_no_permission_that_its_workflow_does_not_name()
    {
        Assert.All(Generated, file =>
        {
            var workflow = Read(file);
            Assert.Contains("permissions", workflow.Children.Keys.Select(key => key.ToString()));
            Assert.Contains("concurrency", workflow.Children.Keys.Select(key => key.ToString()));
            Assert.All(Jobs(file), job =>
            {
                var called = job.Value.Children.ContainsKey("uses");
                Assert.True(called || job.Value.Children.ContainsKey("timeout-minutes"), $"{file}: {job.Key}");
                Assert.All(Steps(job.Value).Where(step => Text(step, "uses").StartsWith("actions/checkout@")), step =>
                    Assert.Equal("false", Text((YamlMappingNode)step["with"], "persist-credentials")));
            });
            Assert.DoesNotMatch("write-all|read-all", File.ReadAllText(file));
        });
    }

    // A pull request of a fork runs what it brings; what it writes into its title must not become a command.
    [Fact]
    public void What_a_fork_can_write_or_start_reaches_neither_a_secret_nor_a_shell()
    {
        Assert.All(Generated.Concat(Ours), file =>
        {
            var text = File.ReadAllText(file);
            Assert.DoesNotMatch("pull_request_target|workflow_run", text);
            if (Regex.IsMatch(text, @"(?m)^  pull_request:"))
            {
                Assert.DoesNotMatch(@"\$\{\{[^}]*(secrets\.|github\.token)", text);
            }

            Assert.All(Jobs(file).SelectMany(job => Steps(job.Value)), step =>
                Assert.DoesNotContain("${{", Text(step, "run")));
        });
    }

    [Fact]
    public void Every_action_is_pinned_to_one_commit_with_its_version_behind_it()
    {
        var uses = Generated.Concat(Ours)
            .SelectMany(File.ReadAllLines)
            .Select(line => Regex.Match(line, "^ +(- )?uses: (?<action>[^@]+)@(?<pin>.+)$"))
            .Where(match => match.Success)
            .Select(match => (Action: match.Groups["action"].Value, Pin: match.Groups["pin"].Value))
            .Distinct()
            .ToList();

        Assert.NotEmpty(uses);
        Assert.All(uses, use => Assert.Matches(@"^[0-9a-f]{40} # v\d+\.\d+\.\d+$", use.Pin));
        // The three actions of one repository have one pin.
        Assert.Equal(
            uses.Select(use => use.Action).Distinct().Count(), uses.Count);
    }

    [Fact]
    public async Task The_image_of_a_tag_has_its_version_and_that_of_a_branch_its_commit()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is for Linux and macOS.");
        Dictionary<string, string?> variables = new()
        {
            ["GITHUB_REF_TYPE"] = "tag",
            ["GITHUB_REF_NAME"] = "v1.2.3-rc.1",
            ["GITHUB_REPOSITORY"] = "Acme/My.Shop",
            ["GITHUB_SHA"] = "0123abc",
        };
        var script = Path.Combine(Template.Repository, "template", "scripts", "image-name.sh");
        Task<(int Code, string Output, string Errors)> Name(string type, string name) => Cli.Try(
            Template.Repository, new(variables) { ["GITHUB_REF_TYPE"] = type, ["GITHUB_REF_NAME"] = name }, script);

        Assert.Equal(
            "name=ghcr.io/acme/my.shop\ntag=1.2.3-rc.1\nversion=1.2.3-rc.1\n",
            (await Name("tag", "v1.2.3-rc.1")).Output);
        Assert.Equal(
            "name=ghcr.io/acme/my.shop\ntag=0123abc\nversion=\n", (await Name("branch", "feature/x")).Output);
        var refused = await Name("tag", "v1;reboot");
        Assert.Equal((1, ""), (refused.Code, refused.Output));
    }

    private static string[] In(params string[] folders) =>
        Directory.GetFiles(Path.Combine([Template.Repository, .. folders, "workflows"]), "*.yml");

    private static YamlMappingNode Read(string file)
    {
        var yaml = new YamlStream();
        using var reader = File.OpenText(file);
        yaml.Load(reader);

        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static IEnumerable<(string Key, YamlMappingNode Value)> Jobs(string file) =>
        ((YamlMappingNode)Read(file)["jobs"]).Select(job => ($"{job.Key}", (YamlMappingNode)job.Value));

    private static IEnumerable<YamlMappingNode> Steps(YamlMappingNode job) =>
        job.Children.TryGetValue("steps", out var steps) ? ((YamlSequenceNode)steps).Cast<YamlMappingNode>() : [];

    private static string Text(YamlMappingNode step, string key) =>
        step.Children.TryGetValue(key, out var value) ? $"{value}" : "";
}
