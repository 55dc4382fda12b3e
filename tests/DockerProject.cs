using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// A generated project, whose image compose has built. Its name is neither a namespace nor the name of an image. Its
/// tests do not run beside others: their limits of memory and time are real.
/// </summary>
[CollectionDefinition(nameof(DockerProject), DisableParallelization = true)]
public sealed class DockerProject(DockerEngine docker, Template template)
    : IAsyncLifetime, ICollectionFixture<DockerProject>
{
    public const string Name = "2026-X";

    // As compose names it.
    public const string Image = "2026-x_app";
    public const string Version = "3.2.1";
    public const string Revision = "0123abc";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    public Project Project { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (DockerEngine.IsMissing)
        {
            return;
        }

        Project = await template.GenerateIn("docker", Name);
        var compose = Project.Read("docker-compose.yml");
        await docker.StandInsFor(Project, "Dockerfile", "docker-compose.yml");

        // Any free port of this machine, and its network for the build: it reaches the registry of packages.
        compose = Regex.Replace(compose, @"""127\.0\.0\.1:\d+:", "\"127.0.0.1::");
        compose = compose.Replace(
            "build: .",
            $"build: {{ context: ., network: host, args: {{ VERSION: {Version}, REVISION: {Revision} }} }}");
        await File.WriteAllTextAsync(Path.Combine(Project.Folder, "docker-compose.yml"), compose);
        await docker.Run(Project, "compose", "build");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs docker; the test fails if docker does.</summary>
    public async Task<string> Docker(params string[] args) => (await docker.Run(Project, args)).Trim();

    /// <summary>Runs commands of a shell in which docker is this engine's.</summary>
    public Task<string> Shell(string commands) =>
        Cli.Run(Project.Folder, docker.Variables, "sh", "-c", commands);

    public Task Write(string path, string content) =>
        File.WriteAllTextAsync(Path.Combine(Project.Folder, path), content);

    /// <summary>Runs a command of the image, whatever its exit code is.</summary>
    public async Task<(int ExitCode, string Output)> Try(params string[] args)
    {
        var output = await Cli.Run(
            Project.Folder, docker.Variables, "sh", ["-c", "/usr/bin/docker \"$@\" 2>&1; echo \"$?\"", "sh", .. args]);
        var lines = output.TrimEnd().Split('\n');

        return (int.Parse(lines[^1]), string.Join('\n', lines[..^1]));
    }

    /// <summary>One property of a container, such as <c>.State.Running</c>.</summary>
    public Task<string> Inspect(string container, string property) =>
        Docker("inspect", "--format", $"{{{{{property}}}}}", container);

    public Task UntilReady(string container, HttpClient client) => Until(container, async () =>
    {
        try
        {
            return (await client.GetAsync("/health/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return false;
        }
    });

    public async Task Until(string container, Func<Task<bool>> isDone)
    {
        var deadline = DateTime.UtcNow + StartTimeout;
        while (!await isDone())
        {
            Assert.True(
                await Inspect(container, ".State.Running") == "true" && DateTime.UtcNow < deadline,
                $"{container} does not start: {(await Try("logs", container)).Output}");
            await Task.Delay(500);
        }
    }

    /// <summary>A client of what a container serves at a port of its own.</summary>
    public async Task<HttpClient> Client(string container, int port, string host = "localhost")
    {
        var address = (await Docker("port", container, $"{port}")).Split('\n')[0];
        var client = new HttpClient { BaseAddress = new Uri($"http://{address}") };
        client.DefaultRequestHeaders.Host = host;

        return client;
    }
}
