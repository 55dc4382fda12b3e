using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>A registry on loopback, Debian's docker-registry, and releases of one app in it.</summary>
internal sealed partial class DockerRegistry(DockerProject made, string folder) : IAsyncDisposable
{
    /// <summary>The folder of the project with the files that releases copy.</summary>
    public const string Context = "releases";

    public static readonly bool IsMissing = !File.Exists("/usr/bin/docker-registry");

    private readonly int port = Project.FreePort();
    private Process? process;

    private string Repository => $"127.0.0.1:{port}/app";

    public async Task Start()
    {
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(Path.Combine(made.Project.Folder, Context));
        var config = Path.Combine(folder, "config.yml");
        await File.WriteAllTextAsync(config, $$"""
            version: 0.1
            log: { level: error }
            storage: { filesystem: { rootdirectory: {{folder}}/data } }
            http: { addr: "127.0.0.1:{{port}}" }
            """);
        process = Cli.Start(folder, [], "docker-registry", "serve", config);
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        for (var tries = 0; !await Answers(client); tries++)
        {
            Assert.InRange(tries, 0, 100);
            await Task.Delay(100);
        }
    }

    public async Task Stop()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <summary>
    /// Pushes a release, and removes it from this engine, so that it has to be pulled. It is the app's image with a few
    /// lines more, so that it takes a second.
    /// </summary>
    /// <param name="name">What tells it from the others.</param>
    /// <param name="lines">Lines of a Dockerfile.</param>
    /// <returns>Its name by digest.</returns>
    public async Task<string> Push(string name, string lines = "")
    {
        var tag = $"{Repository}:{name}";
        await made.Write($"{Context}/Dockerfile", $"FROM {DockerProject.Image}\nLABEL release={name}\n{lines}\n");
        await made.Docker("build", "--quiet", "--tag", tag, Context);
        var digest = Digest().Match(await made.Docker("push", tag)).Value;
        await made.Docker("image", "rm", tag);

        return $"{Repository}@{digest}";
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await Stop();
        }
    }

    private static async Task<bool> Answers(HttpClient client)
    {
        try
        {
            return (await client.GetAsync("/v2/")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // It is still starting.
            return false;
        }
    }

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex Digest();
}
