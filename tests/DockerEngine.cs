using System.Diagnostics;
using System.Text.Json;
using ProdReadyTemplate.Tests;

[assembly: AssemblyFixture(typeof(DockerEngine))]

namespace ProdReadyTemplate.Tests;

/// <summary>
/// A Docker engine of the tests' own, started by the first test that needs it. It pulls nothing: it runs stand-ins in
/// place of the real images, see <see cref="StandIns"/>. A test that needs it begins with
/// <c>Assert.SkipWhen(DockerEngine.IsMissing, DockerEngine.Missing)</c>.
/// </summary>
public sealed class DockerEngine : IAsyncDisposable
{
    public const string Missing =
        "Needs root, and Debian's packages docker.io, docker-compose, docker-registry and mmdebstrap.";

    // Debian's: newer clients build with BuildKit only where the plugin buildx is installed.
    internal const string Client = "/usr/bin/docker";

    private static readonly string[] Programs =
        [Client, "/usr/sbin/dockerd", "/usr/bin/docker-compose", "/usr/bin/mmdebstrap"];

    private readonly string folder = Directory.CreateTempSubdirectory("docker-").FullName;
    private readonly Lazy<Task<StandIns>> started;
    private readonly HostNetwork network = new();
    private Process? engine;

    public DockerEngine()
    {
        started = new(Start);
        Variables = new()
        {
            ["DOCKER_HOST"] = $"unix://{folder}/docker.sock",
            ["DOCKER_CONFIG"] = Path.Combine(folder, "client"),
            ["DOCKER_BUILDKIT"] = "1",
            ["COMPOSE_DOCKER_CLI_BUILD"] = "1",
            ["PATH"] = $"/usr/bin:{Environment.GetEnvironmentVariable("PATH")}",
        };
        // All tests run in CI: those that need no engine run while this is made.
        if (!IsMissing && Environment.GetEnvironmentVariable("CI") is not (null or ""))
        {
            StandIns.Prepare();
        }
    }

    public static bool IsMissing { get; } =
        !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !Programs.All(File.Exists);

    /// <summary>Where it keeps images and volumes.</summary>
    public string Data => Path.Combine(folder, "data");

    /// <summary>The variables with which docker, and scripts that call it, find this engine.</summary>
    public Dictionary<string, string?> Variables { get; }

    /// <summary>Makes stand-ins for all images that these files of a project mention.</summary>
    public async Task StandInsFor(Project project, params string[] files)
    {
        var standIns = await started.Value;
        foreach (var image in files.SelectMany(file => StandIns.ImagesIn(project.Read(file))))
        {
            await standIns.Make(image);
        }
    }

    /// <summary>Makes a stand-in, such as postgres:18.6, from tests/docker/postgres.</summary>
    public async Task StandIn(string image) => await (await started.Value).Make(image);

    /// <summary>Runs docker in the folder of a project; the test fails if docker does.</summary>
    /// <returns>Its standard output, and behind it its standard error.</returns>
    public Task<string> Run(Project project, params string[] args) => Run(project.Folder, args);

    public async Task<string> Run(string workingFolder, params string[] args)
    {
        await started.Value;

        return await Cli.Run(workingFolder, Variables, Client, args);
    }

    public async ValueTask DisposeAsync()
    {
        if (engine is not null)
        {
            await Stop(engine);
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task<StandIns> Start()
    {
        await network.Take();
        var config = Path.Combine(folder, "daemon.json");
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["data-root"] = Data,
            ["exec-root"] = Path.Combine(folder, "exec"),
            ["pidfile"] = Path.Combine(folder, "docker.pid"),
            ["hosts"] = new[] { Variables["DOCKER_HOST"] },
            ["storage-driver"] = "overlay2",
            ["log-level"] = "error",
            // The default is more than a container without all capabilities may set.
            ["default-ulimits"] = new { nofile = new { Name = "nofile", Hard = 20000, Soft = 1024 } },
        }));
        await AddCompose();

        engine = Cli.Start(folder, [], "dockerd", "--config-file", config);
        _ = engine.StandardOutput.ReadToEndAsync();
        var log = engine.StandardError.ReadToEndAsync();
        var deadline = DateTime.UtcNow.AddMinutes(1);
        while (!File.Exists(Path.Combine(folder, "docker.sock")))
        {
            if (engine.HasExited || DateTime.UtcNow > deadline)
            {
                engine.Kill(entireProcessTree: true);
                Assert.Fail("dockerd does not start: " + await log);
            }

            await Task.Delay(100);
        }

        return new StandIns(folder, Variables);
    }

    // Debian has version 1.29, which is a program of its own. This makes `docker compose` call it.
    private async Task AddCompose()
    {
        var plugin = Path.Combine(folder, "client", "cli-plugins", "docker-compose");
        Directory.CreateDirectory(Path.GetDirectoryName(plugin)!);
        await File.WriteAllTextAsync(plugin, """
            #!/bin/sh
            if [ "$1" = docker-cli-plugin-metadata ]; then
              exec echo '{"SchemaVersion":"0.1.0","Vendor":"Debian","Version":"1.29"}'
            fi
            shift
            exec docker-compose "$@"
            """);
        await Cli.Run(folder, [], "chmod", "+x", plugin);
    }

    private async Task Stop(Process dockerd)
    {
        // An engine that has stopped leaves the processes of its containers, and their bridges.
        await Cli.Run(folder, Variables, "sh", "-c", """
            docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes
            docker network prune --force
            """);
        await Cli.Run(folder, [], "kill", $"{dockerd.Id}");
        await dockerd.WaitForExitAsync();
        dockerd.Dispose();
        // An engine that has run a container in the network of the host leaves this mounted.
        await Cli.Run(folder, [], "sh", "-c", "umount exec/netns/* || true");
        await network.Restore();
    }
}
