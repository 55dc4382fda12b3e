using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>What the files in deploy/ name exists, and fits the image: settings, services, ports, times.</summary>
public sealed partial class ProductionTests(SharedApp app)
{
    private static readonly string Compose = Read("deploy/compose.yml");
    private static readonly string Proxy = Read("deploy/proxy/Caddyfile");
    private static readonly string Example = Read("deploy/app.env.example");
    private static readonly string Image = Read("Dockerfile");

    [Fact]
    public void Every_setting_exists()
    {
        var sections = app.Services.GetServices<SettingsSection>().ToList();

        var keys = Setting().Matches(Compose + Example).Select(setting => setting.Value.Replace("__", ":")).ToList();

        Assert.Contains("App:PublicUrl", keys);
        Assert.Contains("Proxy:KnownNetworks:0", keys);
        Assert.All(keys, key => Assert.Contains(sections, section => section.Knows(key)));
    }

    [Fact]
    public void Every_variable_that_is_no_setting_is_used()
    {
        var scripts = Directory.GetFiles(Repository.PathOf("deploy"), "*.sh", SearchOption.AllDirectories)
            .Select(File.ReadAllText);
        var users = Compose + Proxy + string.Concat(scripts);

        var names = Variable().Matches(Example).Select(variable => variable.Groups["name"].Value)
            .Where(name => !name.Contains("__") && name is not "AllowedHosts").ToList();

        Assert.Contains("SITE", names);
        Assert.Contains("REDIS_PASSWORD", names);
        Assert.All(names, name => Assert.Matches($@"\b{name}\b", users));
    }

    [Fact]
    public void The_proxy_reaches_the_instances_and_they_reach_what_they_need()
    {
        var port = Regex.Match(Image, @"EXPOSE (\d+)").Groups[1].Value;
        var services = Service().Matches(Compose).Select(service => service.Groups["name"].Value).ToList();

        Assert.Contains($"reverse_proxy app-a:{port} app-b:{port} {{", Proxy);
        Assert.Contains("health_uri /health/ready\n", Proxy);
        Assert.Contains("- data:/data\n", Compose);
        Assert.Contains("Uploads__Directory=/data/uploads", Image);
        Assert.Superset(
            new HashSet<string>(["app-a", "app-b", .. Host().Matches(Example).Select(host => host.Groups[1].Value)]),
            new HashSet<string>(services));
        // The app takes forwarded addresses from the network of the proxy, and from no other.
        Assert.Contains("Proxy__KnownNetworks__0: *edge\n", Compose);
        Assert.Contains("- subnet: *edge\n", Compose);
    }

    [Fact]
    public void An_instance_has_more_time_to_stop_than_it_needs()
    {
        var grace = int.Parse(Regex.Match(Compose, @"stop_grace_period: (\d+)s").Groups[1].Value);

        // Shutdown:Delay, Requests:Timeout and 5 seconds, as docs/operations.md says.
        Assert.InRange(grace, 5 + 30 + 5 + 1, 60);
        Assert.Contains($"stop_grace_period: {grace}s", Read("docs/operations.md"));
    }

    private static string Read(string file) => File.ReadAllText(Repository.PathOf(file)).ReplaceLineEndings("\n");

    [GeneratedRegex(@"\b[A-Z]\w*?__\w+")]
    private static partial Regex Setting();

    [GeneratedRegex(@"(?m)^(# )?(?<name>[A-Za-z_]\w*)=")]
    private static partial Regex Variable();

    [GeneratedRegex(@"(?m)^  (?<name>[a-z-]+):$")]
    private static partial Regex Service();

    [GeneratedRegex(@"(?:Host=|Redis=)([a-z]+)")]
    private static partial Regex Host();
}
