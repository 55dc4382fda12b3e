using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>deploy/kubernetes, against the schema of Kubernetes, and against the app, its image and its docs.</summary>
[Collection(nameof(Manifests))]
public sealed partial class ManifestTests(Manifests manifests)
{
    [Fact]
    public async Task They_follow_the_schema_and_what_does_not_is_found()
    {
        Assert.SkipWhen(Manifests.IsMissing, Manifests.Missing);
        Assert.NotEmpty(manifests.Volume);
        Assert.NotEmpty(manifests.Bucket);

        var mistakes = await manifests.Check(
            manifests.Rendered.Replace("failureThreshold: 60", "failureTreshold: 60"),
            manifests.Rendered.Replace("replicas: 2", "replicas: \"2\""),
            manifests.Rendered.Replace("whenUnsatisfiable: ScheduleAnyway", "whenUnsatisfiable: Schedule"),
            manifests.Rendered.Replace("topologyKey: kubernetes.io/hostname", ""));

        Assert.All(mistakes, mistake => Assert.NotEmpty(mistake.Errors));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_kustomization_lists_every_file(bool bucket)
    {
        Assert.SkipWhen(Manifests.IsMissing, Manifests.Missing);
        var project = bucket ? manifests.WithBucket : manifests.WithVolume;
        var kustomization = project.Read("deploy/kubernetes/kustomization.yaml");
        var listed = YamlFile().Matches(kustomization).Select(name => name.Value);
        var files = Directory.GetFiles(Path.Combine(project.Folder, "deploy/kubernetes")).Select(Path.GetFileName);

        Assert.Equal(files.Where(file => file != "kustomization.yaml").Order(), listed.Order());
        Assert.Equal(bucket, files.Contains("bucket.yaml"));
    }

    [Fact]
    public void Every_setting_is_one_of_the_app_and_every_required_one_is_there()
    {
        Assert.SkipWhen(Manifests.IsMissing, Manifests.Missing);
        var docs = manifests.WithBucket.Read("docs/configuration.md");
        var page = manifests.WithBucket.Read("docs/kubernetes.md");
        var plain = manifests.Bucket
            .Where(resource => Kind(resource) == "ConfigMap" && Name(resource).StartsWith("app-"))
            .SelectMany(map => map["data"]!.AsObject().Select(entry => entry.Key));
        var single = Pods(manifests.Bucket).Where(pod => Component(pod) != "backup")
            .SelectMany(pod => All(Container(pod), "env")).Select(Name);
        // The Secrets are made by hand, as the table in the docs says.
        var secret = SecretRow().Matches(page).Where(row => row.Groups["name"].Value != "backup")
            .SelectMany(row => Code().Matches(row.Value)).Select(name => name.Groups["text"].Value)
            .Where(name => name.Contains("__"));

        var settings = plain.Concat(single).Concat(secret)
            .Select(name => ListItem().Replace(name, "").Replace("__", ":"))
            .ToHashSet();

        Assert.All(settings, setting => Assert.Contains($"| `{setting}` |", docs));
        var required = Required().Matches(docs).Select(row => row.Groups["key"].Value).Append("Jwt:SigningKeys");
        Assert.All(required, setting => Assert.Contains(setting, settings));
    }

    [Fact]
    public void Every_pod_has_the_rights_of_the_image_and_no_others()
    {
        Assert.SkipWhen(Manifests.IsMissing, Manifests.Missing);
        Assert.Contains("FROM postgres", manifests.WithVolume.Read("deploy/backup/Dockerfile"));
        Assert.Contains("USER 1654:1654", manifests.WithVolume.Read("deploy/backup/Dockerfile"));
        Assert.Contains("user 1654 (`$APP_UID`)", manifests.WithVolume.Read("docs/container.md"));
        Assert.Contains("USER $APP_UID", manifests.WithVolume.Read("Dockerfile"));

        Assert.Equal(4, Pods(manifests.Volume).Count());
        Assert.All(Pods(manifests.Volume), pod =>
        {
            var (spec, container) = (pod["spec"]!, Container(pod));
            Assert.Equal(1654, (int)spec["securityContext"]!["runAsUser"]!);
            Assert.True((bool)spec["securityContext"]!["runAsNonRoot"]!);
            Assert.Equal("RuntimeDefault", (string?)spec["securityContext"]!["seccompProfile"]!["type"]);
            Assert.False((bool)spec["automountServiceAccountToken"]!);
            Assert.True((bool)container["securityContext"]!["readOnlyRootFilesystem"]!);
            Assert.False((bool)container["securityContext"]!["allowPrivilegeEscalation"]!);
            Assert.Equal("[\"ALL\"]", container["securityContext"]!["capabilities"]!["drop"]!.ToJsonString());
            Assert.NotNull(container["resources"]!["limits"]!["memory"]);
        });
    }

    [Fact]
    public void The_app_is_reached_and_probed_as_the_docs_say_and_stops_in_time()
    {
        Assert.SkipWhen(Manifests.IsMissing, Manifests.Missing);
        var pod = Pods(manifests.Volume).Single(pod => Component(pod) == "server");
        var container = Container(pod);
        var port = (int)Assert.Single(All(container, "ports"))["containerPort"]!;
        Assert.Contains($"EXPOSE {port}", manifests.WithVolume.Read("Dockerfile"));
        var routes = string.Concat(Directory.EnumerateFiles(
            Path.Combine(manifests.WithVolume.Folder, "src/Api/Edge"), "*.cs").Select(File.ReadAllText));
        foreach (var (probe, path) in new[] { ("startup", "live"), ("liveness", "live"), ("readiness", "ready") })
        {
            Assert.Equal($"/health/{path}", (string?)container[$"{probe}Probe"]!["httpGet"]!["path"]);
            Assert.Equal("http", (string?)container[$"{probe}Probe"]!["httpGet"]!["port"]);
            Assert.Contains($"\"/health/{path}\"", routes);
        }

        var docs = manifests.WithVolume.Read("docs/configuration.md");
        var readiness = container["readinessProbe"]!;
        var noticed = (int)readiness["periodSeconds"]! * (int)readiness["failureThreshold"]!;
        Assert.InRange(noticed, 1, Default(docs, "Shutdown:Delay") - 1);
        Assert.InRange((int)Deployment["spec"]!["minReadySeconds"]!, (int)readiness["periodSeconds"]! + 1, 60);
        Assert.True((int)pod["spec"]!["terminationGracePeriodSeconds"]!
            > Default(docs, "Shutdown:Delay") + Default(docs, "Requests:Timeout") + 5);
        Assert.Equal("512Mi", (string?)container["resources"]!["limits"]!["memory"]);
        Assert.Contains("--memory 512m", manifests.WithVolume.Read("docs/container.md"));
    }

    private JsonNode Deployment => manifests.Volume.Single(resource => Kind(resource) == "Deployment");

    internal static string Kind(JsonNode resource) => (string)resource["kind"]!;

    internal static string Name(JsonNode named) => (string)(named["metadata"] ?? named)["name"]!;

    internal static string Component(JsonNode pod) =>
        (string)pod["metadata"]!["labels"]!["app.kubernetes.io/component"]!;

    internal static JsonNode Container(JsonNode pod) => Assert.Single(All(pod["spec"]!, "containers"));

    internal static List<JsonNode> All(JsonNode parent, string list) =>
        [.. (parent[list]?.AsArray() ?? []).Select(item => item!)];

    /// <summary>The templates of all pods.</summary>
    internal static IEnumerable<JsonNode> Pods(IEnumerable<JsonNode> resources) => resources
        .Select(resource => resource["spec"]?["jobTemplate"]?["spec"]?["template"] ?? resource["spec"]?["template"])
        .OfType<JsonNode>();

    private static double Default(string docs, string setting) => TimeSpan.Parse(
        Regex.Match(docs, $@"^\| `{setting}` \| `(?<time>[\d:.]+)`", RegexOptions.Multiline).Groups["time"].Value)
        .TotalSeconds;

    [GeneratedRegex(@"(?<=^  - (path: )?)[\w-]+\.yaml$", RegexOptions.Multiline)]
    private static partial Regex YamlFile();

    [GeneratedRegex(@"^ *\| `(?<name>app|migrate|backup)` \| `.*$", RegexOptions.Multiline)]
    private static partial Regex SecretRow();

    [GeneratedRegex("`(?<text>[^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"__\d+$")]
    private static partial Regex ListItem();

    [GeneratedRegex(@"^\| `(?<key>[\w:]+)` \| required \|", RegexOptions.Multiline)]
    private static partial Regex Required();
}
