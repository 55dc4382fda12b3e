using System.Runtime.Versioning;

namespace ProdReadyTemplate.Tests;

/// <summary>deploy/send.sh, which brings a release to a server over ssh, against the real ssh.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SendTests(Template template)
{
    private const string Image = "ghcr.io/acme/shop@sha256:0123";

    [Fact]
    public async Task The_server_gets_the_files_of_the_commit_and_runs_its_deploy_script()
    {
        Assert.SkipWhen(SshServer.IsMissing, SshServer.Missing);
        await using var server = await SshServer.Start();
        var project = await Committed("send", """
            echo "deploying $1 in $PWD with $DOCKER_CONFIG"
            ls -d "$DOCKER_CONFIG"
            """);
        await File.WriteAllTextAsync(Path.Combine(project.Folder, "deploy", "app.env"), "of another machine", Ct);
        var settings = Path.Combine(Directory.CreateDirectory(Path.Combine(server.App, "deploy")).FullName, "app.env");
        await File.WriteAllTextAsync(settings, "of the server", Ct);

        var sent = await Send(project, server.Variables(), Image);

        Assert.True(sent.Code == 0, sent.Errors);
        Assert.Contains($"deploying {Image} in {server.App} with ", sent.Output);
        Assert.Equal("of the server", await File.ReadAllTextAsync(settings, Ct));
        Assert.True(File.Exists(Path.Combine(server.App, "deploy", "compose.yml")));
        // Containers read it as other users.
        Assert.True(File.GetUnixFileMode(Path.Combine(server.App, "deploy", "compose.yml"))
            .HasFlag(UnixFileMode.OtherRead));
        Assert.Equal(
            "docker login --username octocat --password-stdin ghcr.io, token token-must-not-be-logged\n",
            server.Docker);
        Assert.False(Directory.Exists((await File.ReadAllTextAsync(server.In("docker.config"), Ct)).Trim()));
        Assert.Empty(Directory.GetFileSystemEntries(server.In("tmp")));
    }

    [Fact]
    public async Task The_exit_code_and_the_last_line_are_those_of_the_deploy_script()
    {
        Assert.SkipWhen(SshServer.IsMissing, SshServer.Missing);
        await using var server = await SshServer.Start();
        var project = await Committed("send-fails", "echo 'deploy: never ready. The old release serves.' >&2; exit 7");

        Assert.Equal(7, (await Send(project, server.Variables(), Image)).Code);
        Assert.False(Directory.Exists((await File.ReadAllTextAsync(server.In("docker.config"), Ct)).Trim()));

        // The release before is on the server, and so are the files that serve.
        var logins = server.Docker;
        var compose = Path.Combine(server.App, "deploy", "compose.yml");
        await File.WriteAllTextAsync(compose, "of the release that serves", Ct);
        var sent = await Send(project, server.Variables(), "--previous");

        Assert.Equal((7, "deploy: never ready. The old release serves.\n"), (sent.Code, sent.Errors));
        Assert.Equal(logins, server.Docker);
        Assert.Equal("of the release that serves", await File.ReadAllTextAsync(compose, Ct));
        Assert.Empty(Directory.GetFileSystemEntries(server.In("tmp")));
    }

    [Fact]
    public async Task A_server_with_another_key_and_a_wrong_key_get_nothing()
    {
        Assert.SkipWhen(SshServer.IsMissing, SshServer.Missing);
        await using var server = await SshServer.Start();
        var project = await Committed("send-refused", "echo deployed");

        var otherKey = await Send(
            project, new(server.Variables()) { ["DEPLOY_KNOWN_HOSTS"] = server.KnownHosts("other") }, Image);
        var unknown = await Send(
            project, new(server.Variables()) { ["DEPLOY_KNOWN_HOSTS"] = "elsewhere.example ssh-ed25519 AAAA" }, Image);
        var other = await File.ReadAllTextAsync(server.In("other"), Ct);
        var wrongKey = await Send(project, new(server.Variables()) { ["DEPLOY_KEY"] = other }, Image);

        Assert.Equal((255, 255, 255), (otherKey.Code, unknown.Code, wrongKey.Code));
        Assert.Contains("Host key verification failed", otherKey.Errors);
        Assert.Contains("Host key verification failed", unknown.Errors);
        Assert.Contains("Permission denied", wrongKey.Errors);
        Assert.False(Directory.Exists(server.App));
        Assert.Equal("", server.Docker);
    }

    [Theory]
    [InlineData("DEPLOY_HOST", "")]
    [InlineData("DEPLOY_HOST", "-oProxyCommand=touch")]
    [InlineData("DEPLOY_USER", "a\nProxyCommand touch x")]
    [InlineData("DEPLOY_PATH", "app'; touch pwned; '")]
    [InlineData("REGISTRY_USER", "a b")]
    [InlineData("IMAGE", "app;touch${IFS}pwned")]
    public async Task A_value_that_a_shell_could_run_is_refused_before_a_connection(string name, string value)
    {
        Assert.SkipWhen(SshServer.IsMissing, SshServer.Missing);
        var folder = Path.Combine(Template.Repository, "template");
        Dictionary<string, string?> variables = new()
        {
            ["DEPLOY_HOST"] = "127.0.0.1",
            ["DEPLOY_PORT"] = "1",
            ["REGISTRY_USER"] = "octocat",
            ["REGISTRY_TOKEN"] = "token-must-not-be-logged",
            [name] = value,
        };

        var (code, _, errors) = await Cli.Try(
            folder, variables, Path.Combine(folder, "deploy", "send.sh"), name == "IMAGE" ? value : Image);

        Assert.Equal(1, code);
        Assert.Equal($"send: {name} must be letters, digits and . _ : / @ - and not begin with a hyphen.\n", errors);
    }

    [Fact]
    public async Task A_project_that_is_not_in_a_repository_yet_sends_nothing_and_says_why()
    {
        Assert.SkipWhen(SshServer.IsMissing, SshServer.Missing);
        var folder = Path.Combine(template.Work, "send-early");
        Directory.CreateDirectory(Path.Combine(folder, "deploy"));
        File.Copy(
            Path.Combine(Template.Repository, "template", "deploy", "send.sh"),
            Path.Combine(folder, "deploy", "send.sh"));

        var sent = await Send(
            new Project(folder), new() { ["DEPLOY_HOST"] = "127.0.0.1", ["DEPLOY_PORT"] = "1" }, Image);

        Assert.Equal(1, sent.Code);
        Assert.Equal(
            "send: nothing is committed, and only what is committed is sent: git init, git add -A, git commit.\n",
            sent.Errors);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<Project> Committed(string parent, string deploy)
    {
        var project = await template.GenerateIn(parent, "2026-X", "--sample", "false");
        var script = Path.Combine(project.Folder, "deploy", "deploy.sh");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\n{deploy}\n", Ct);
        await Cli.Run(project.Folder, [], "chmod", "+x", script);
        foreach (var command in new[] { "init --quiet", "add --all", "commit --quiet --message Start" })
        {
            await Cli.Run(
                project.Folder,
                [],
                "git",
                ["-c", "user.name=A", "-c", "user.email=a@example.com", .. command.Split(' ')]);
        }

        return project;
    }

    private static async Task<(int Code, string Output, string Errors)> Send(
        Project project, Dictionary<string, string?> variables, string image)
    {
        var sent = await Cli.Try(
            project.Folder, variables, Path.Combine(project.Folder, "deploy", "send.sh"), image);
        Assert.DoesNotContain("must-not-be-logged", sent.Output + sent.Errors);
        Assert.DoesNotContain("PRIVATE KEY", sent.Output + sent.Errors);

        return sent;
    }
}
