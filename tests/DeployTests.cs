using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// deploy/deploy.sh on a real engine, with a registry and Caddy, under load: what goes wrong, which release serves
/// then, and that no request is lost. One stack for all cases. The table in docs/operations.md has a row for each.
/// </summary>
[Collection(nameof(DockerProject))]
public sealed partial class DeployTests(DockerProject made, DockerEngine docker, Template template)
{
    private const int RequestsPerSecond = 30;

    [Fact]
    public async Task Each_deployment_leaves_a_release_that_serves()
    {
        Assert.SkipWhen(DockerEngine.IsMissing || DockerRegistry.IsMissing, DockerEngine.Missing);
        var stack = new DockerStack(made, docker);
        await using var registry = new DockerRegistry(made, Path.Combine(template.Work, "registry"));
        await registry.Start();
        // Two seconds less for each of some thirty restarts.
        await stack.Prepare(
            "Shutdown__Delay=00:00:03", "Jwt__AccessTokenLifetime=01:00:00",
            "RateLimits__Api__PermitLimit=1000000", "RateLimits__Writes__PermitLimit=1000000");
        // As an editor of Windows saves it.
        await made.Write("deploy/app.env", stack.Content("app.env")!.ReplaceLineEndings("\r\n"));
        try
        {
            var releases = new DeployReleases(made, registry);
            await releases.Push();
            var cases = new DeployCases(made, docker, stack, registry, releases);
            await cases.FirstDeployments();
            await new DeployedContainers(made, stack).Check();
            using var client = await stack.SignedIn();
            var load = new ConstantRate(client, RequestsPerSecond);
            var running = load.RunUntilStopped();
            await cases.Run(load);
            load.Stop();
            await running;

            TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', cases.Table));
            TestContext.Current.TestOutputHelper.WriteLine($"{load.Sent} requests, {load.Created.Count} created.");
            Assert.Empty(cases.Failures);
            Assert.Equal(cases.Names, Rows());
            // Each POST was done once. While the proxy restarts one may be done and not answered.
            var titles = (await stack.Sql("SELECT title FROM tickets")).Split('\n');
            Assert.Equal(titles.Length, titles.Distinct().Count());
            Assert.Empty(load.Created.Except(titles));
            Assert.InRange(titles.Length - load.Created.Count, 0, load.Lost.Count);
        }
        finally
        {
            await stack.Compose("down", "--volumes");
        }
    }

    /// <summary>The cases in the table of docs/operations.md, in order.</summary>
    private IEnumerable<string> Rows()
    {
        var section = made.Project.Read("docs/operations.md").Split("\n## ").Single(text => text.StartsWith("Deploy"));

        return Row().Matches(section).Skip(1).Select(row => row.Groups["case"].Value);
    }

    [GeneratedRegex(@"(?m)^\| (?<case>[^|]+?) \|")]
    private static partial Regex Row();
}
