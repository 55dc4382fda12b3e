using System.Text.Json;

namespace ProdReadyTemplate.Tests;

/// <summary>The containers of deploy/compose.yml while they run.</summary>
internal sealed class DeployedContainers(DockerProject made, DockerStack stack)
{
    private static readonly string[] Monitoring = ["alertmanager", "blackbox", "node-exporter", "prometheus"];
    private static readonly string[] Services =
        ["app-a", "app-b", "backup", "db", "proxy", "redis", "verify", .. Monitoring];

    public async Task Check()
    {
        var secrets = stack.Content("app.env")!.Split('\n')
            .Where(line => line.Contains("PASSWORD=") || line.StartsWith("Jwt__SigningKeys"))
            .Select(line => line.Split('=', 2)[1])
            .Where(secret => secret is not "")
            .ToList();
        Assert.InRange(secrets.Count, 7, 20);
        await Monitored("up", "--detach");
        foreach (var service in Services)
        {
            var container = await stack.Compose("--profile", "monitoring", "ps", "--quiet", service);
            using var inspected = JsonDocument.Parse(await made.Docker("inspect", container));
            var (all, host) = (inspected.RootElement[0], inspected.RootElement[0].GetProperty("HostConfig"));

            HasLimits(service, host);
            Assert.Equal(service is "proxy" ? 3 : 0, host.GetProperty("PortBindings").EnumerateObject().Count());
            var networks = all.GetProperty("NetworkSettings").GetProperty("Networks").EnumerateObject()
                .Select(network => network.Name).Order();
            Assert.Equal(Networks(service), networks);

            // Every user of the machine can read command lines.
            var config = all.GetProperty("Config");
            var commands = $"{all.GetProperty("Path")} {all.GetProperty("Args")} {config.GetProperty("Cmd")}"
                + await made.Docker("top", container);
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, commands));
        }

        await PrometheusReachesAll();
        await Monitored("rm", "--stop", "--force");
        await TheProxyHasNoSecret(secrets);
        await DoctorKnowsWhereBackupsGoAndNoPassword();
        await TheInternalNetworkIsOne();
    }

    private static void HasLimits(string service, JsonElement host)
    {
        Assert.True(host.GetProperty("Memory").GetInt64() > 0, service);
        Assert.True(host.GetProperty("PidsLimit").GetInt64() > 0, service);
        Assert.Equal("10m", host.GetProperty("LogConfig").GetProperty("Config").GetProperty("max-size").GetString());
        Assert.Equal("unless-stopped", host.GetProperty("RestartPolicy").GetProperty("Name").GetString());
        Assert.True(host.GetProperty("ReadonlyRootfs").GetBoolean(), service);
        Assert.Equal("ALL", host.GetProperty("CapDrop")[0].GetString());
        Assert.Contains("no-new-privileges", host.GetProperty("SecurityOpt").ToString());
    }

    private static IEnumerable<string> Networks(string service) => (service switch
    {
        "proxy" => new[] { "edge" },
        "db" or "redis" or "node-exporter" or "prometheus" => ["internal"],
        "backup" or "verify" or "alertmanager" => ["default", "internal"],
        _ => ["edge", "internal"],
    }).Select(network => $"{DockerStack.Name}_{network}");

    private Task<string> Monitored(params string[] command) =>
        stack.Compose(["--profile", "monitoring", .. command, .. Monitoring]);

    // Both instances, the machine, Alertmanager, and both probes of an instance. The third, of the service, does not
    // accept the certificate that Caddy has signed for this test.
    private async Task PrometheusReachesAll()
    {
        const string query = "count(up == 1) + sum(probe_success) + count(backup_last_success_timestamp_seconds)";
        var said = "";
        for (var tries = 0; !said.Contains("\"10\""); tries++)
        {
            Assert.True(tries < 120, said);
            await Task.Delay(500);
            (_, said) = await made.Try(
                "compose", "-f", "deploy/compose.yml", "--profile", "monitoring", "exec", "-T", "prometheus",
                "sh", "-c",
                $"wget -q -O - 'http://127.0.0.1:9090/api/v1/query?query={Uri.EscapeDataString(query)}'; echo");
        }
    }

    private async Task TheProxyHasNoSecret(List<string> secrets)
    {
        var environment = await stack.Compose("exec", "-T", "proxy", "env");

        Assert.Contains($"SITE={DockerStack.Host}", environment);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, environment));
    }

    private async Task DoctorKnowsWhereBackupsGoAndNoPassword()
    {
        var container = (await stack.Compose("run", "--detach", "--no-deps", "doctor")).Split('\n')[0];
        var environment = await made.Inspect(container, "json .Config.Env");
        await made.Docker("rm", "--force", container);

        Assert.Contains("\"RESTIC_REPOSITORY=/var/lib/backup/repository\"", environment);
        Assert.All(
            ["ConnectionStrings__Migrations", "MIGRATIONS_PASSWORD", "PGPASSWORD", "RESTIC_PASSWORD"],
            name => Assert.Contains($"\"{name}=\"", environment));
    }

    private async Task TheInternalNetworkIsOne()
    {
        var network = $"{DockerStack.Name}_internal";
        Assert.Equal("true", await made.Docker("network", "inspect", "--format", "{{.Internal}}", network));

        var (exitCode, said) = await made.Try(
            "compose", "-f", "deploy/compose.yml", "exec", "-T", "redis", "valkey-cli", "ping");
        Assert.True(said.Contains("NOAUTH"), $"{exitCode} {said}");
        (exitCode, said) = await made.Try(
            "compose", "-f", "deploy/compose.yml", "exec", "-T", "proxy", "curl", "-m", "3", "http://db:5432");
        Assert.True(exitCode != 0 && said.Contains("resolve"), $"{exitCode} {said}");
    }
}
