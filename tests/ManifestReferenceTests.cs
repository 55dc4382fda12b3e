using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using static ProdReadyTemplate.Tests.ManifestTests;

namespace ProdReadyTemplate.Tests;

/// <summary>What the manifests of deploy/kubernetes say about each other, which no schema checks.</summary>
[Collection(nameof(Manifests))]
public sealed class ManifestReferenceTests(Manifests manifests)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Everything_that_is_named_exists(bool bucket)
    {
        var (project, resources) = Resources(bucket);
        var existing = resources.Select(resource => $"{Kind(resource)}/{Name(resource)}")
            .Concat(["Secret/app", "Secret/migrate", "Secret/backup"]).ToHashSet();

        Assert.All(Pods(resources), pod =>
        {
            var container = Container(pod);
            var volumes = All(pod["spec"]!, "volumes");
            Assert.Equal(volumes.Select(Name).Order(), All(container, "volumeMounts").Select(Name).Order());
            Assert.All(volumes, volume => Assert.Contains(
                volume["persistentVolumeClaim"] is { } claim
                    ? $"PersistentVolumeClaim/{claim["claimName"]}"
                    : volume["emptyDir"] is null ? "nothing" : "Namespace/app",
                existing));
            Assert.All(All(container, "envFrom"), source => Assert.Contains(
                source["configMapRef"] is { } map
                    ? $"ConfigMap/{map["name"]}"
                    : $"Secret/{source["secretRef"]!["name"]}",
                existing));
            Assert.All(All(container, "env").Select(variable => variable["valueFrom"]).OfType<JsonNode>(), source =>
                Assert.Contains($"Secret/{source["secretKeyRef"]!["name"]}", existing));
            Assert.Matches("^ghcr.io/example/(app|app-backup):1.2.0$", (string?)container["image"]);
            Assert.Equal(Component(pod) == "backup", ((string?)container["image"])!.Contains("backup"));
        });
        var page = project.Read("docs/kubernetes.md");
        Assert.All(existing.Where(name => name.StartsWith("Secret/")), secret =>
            Assert.Contains($"kubectl create secret generic {secret["Secret/".Length..]} ", page));
        Assert.Equal(bucket, !existing.Contains("PersistentVolumeClaim/files"));
        Assert.Contains("image: app-backup\n", project.Read("deploy/compose.yml"));
    }

    [Fact]
    public void Each_selector_matches_the_pods_it_is_meant_for()
    {
        var (_, resources) = Resources(bucket: false);
        var pods = Pods(resources).ToList();
        var selected = resources.Select(resource => (Kind: Kind(resource), Selector: resource["spec"]?["selector"]
                ?? resource["spec"]?["podSelector"]))
            .Where(resource => resource.Selector is not null)
            .Select(resource => (
                resource.Kind,
                Pods: pods.Where(pod => Matches(pod, resource.Selector!)).Select(Component).Distinct().ToList()))
            .ToList();
        var spread = All(pods.Single(pod => Component(pod) == "server")["spec"]!, "topologySpreadConstraints");

        Assert.Equal(
            ["Deployment", "PodDisruptionBudget", "Service"],
            selected.Where(one => one.Kind != "NetworkPolicy").Select(one => one.Kind).Order());
        Assert.All(selected.Where(one => one.Kind != "NetworkPolicy"), one => Assert.Equal(["server"], one.Pods));
        Assert.All(selected, one => Assert.NotEmpty(one.Pods));
        Assert.Equal(2, spread.Count);
        Assert.All(spread, constraint => Assert.Equal(
            ["server"], pods.Where(pod => Matches(pod, constraint["labelSelector"]!)).Select(Component)));
    }

    [Fact]
    public void Each_pod_reaches_what_its_settings_need_and_only_the_ingress_reaches_the_app()
    {
        var (project, resources) = Resources(bucket: false);
        var smtp = int.Parse(Regex.Match(
            project.Read("docs/configuration.md"), @"\| `Smtp:Port` \| `(\d+)`").Groups[1].Value);
        Dictionary<string, int[]> needed = new()
        {
            ["server"] = [53, 443, smtp, 5432, 6379],
            ["migrate"] = [53, 5432],
            ["backup"] = [22, 53, 443, 5432],
        };
        var policies = resources.Where(resource => Kind(resource) == "NetworkPolicy").ToList();

        Assert.All(Pods(resources), pod =>
        {
            var own = policies.Where(policy => Matches(pod, policy["spec"]!["podSelector"]!)).ToList();
            Assert.Contains(own, policy => All(policy["spec"]!, "policyTypes").Any(type => (string?)type == "Ingress"));
            var ports = own.SelectMany(policy => All(policy["spec"]!, "egress")).SelectMany(rule => All(rule, "ports"))
                .Select(port => (int)port["port"]!);
            Assert.Equal(needed[Component(pod)].Order(), ports.Distinct().Order());
            var callers = own.SelectMany(policy => All(policy["spec"]!, "ingress")).ToList();
            Assert.Equal(Component(pod) == "server" ? 1 : 0, callers.Count);
            Assert.All(callers, caller =>
            {
                Assert.NotNull(Assert.Single(All(caller, "from"))["namespaceSelector"]!["matchLabels"]);
                Assert.Equal("http", (string?)Assert.Single(All(caller, "ports"))["port"]);
            });
        });
    }

    [Fact]
    public void The_ingress_serves_the_host_of_the_settings()
    {
        var (_, resources) = Resources(bucket: false);
        var settings = resources.Single(resource =>
            Kind(resource) == "ConfigMap" && Name(resource).StartsWith("app-"))["data"]!;
        var ingress = resources.Single(resource => Kind(resource) == "Ingress")["spec"]!;
        var service = resources.Single(resource => Kind(resource) == "Service");
        var rule = Assert.Single(All(ingress, "rules"));
        var backend = Assert.Single(All(rule["http"]!, "paths"))["backend"]!["service"]!;
        var host = (string)rule["host"]!;

        Assert.Equal(host, (string?)settings["AllowedHosts"]);
        Assert.Equal($"https://{host}", (string?)settings["App__PublicUrl"]);
        Assert.Equal(host, (string?)Assert.Single(All(Assert.Single(All(ingress, "tls")), "hosts")));
        Assert.Equal(Name(service), (string?)backend["name"]);
        Assert.Equal(Name(Assert.Single(All(service["spec"]!, "ports"))), (string?)backend["port"]!["name"]);
        Assert.All(
            resources.Where(resource => Kind(resource) != "Namespace"),
            resource => Assert.Equal("app", (string?)resource["metadata"]!["namespace"]));
    }

    private static bool Matches(JsonNode pod, JsonNode selector)
    {
        // That of a Service has no matchLabels.
        var wanted = selector.AsObject().ContainsKey("matchLabels") ? selector["matchLabels"]! : selector;

        return wanted.AsObject().All(label =>
            (string?)pod["metadata"]!["labels"]![label.Key] == (string?)label.Value);
    }

    private (Project Project, List<JsonNode> Resources) Resources(bool bucket)
    {
        Assert.SkipWhen(Manifests.IsMissing, Manifests.Missing);

        return bucket ? (manifests.WithBucket, manifests.Bucket) : (manifests.WithVolume, manifests.Volume);
    }
}
