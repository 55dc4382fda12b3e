using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>What the Dockerfile and the compose file name exists: settings, files, services, ports.</summary>
public sealed partial class ContainerTests(SharedApp app)
{
    private static readonly string Dockerfile = Read("Dockerfile");
    private static readonly string Compose = Read("docker-compose.yml");

    [Fact]
    public void Every_setting_exists()
    {
        var sections = app.Services.GetServices<SettingsSection>().ToList();

        var keys = Setting().Matches(Dockerfile + Compose).Select(setting => setting.Value.Replace("__", ":")).ToList();

        Assert.Contains("App:PublicUrl", keys);
        Assert.Contains("Jwt:SigningKeys:0", keys);
        Assert.All(keys, key => Assert.Contains(sections, section => section.Knows(key)));
    }

    [Fact]
    public void Everything_that_the_build_copies_exists_and_is_not_ignored()
    {
        var allowed = Read(".dockerignore").Split('\n')
            .Where(line => line.StartsWith('!'))
            .Select(line => line[1..])
            .ToList();

        // A name with brackets, such as [Nn]u[Gg]et.[Cc]onfi[g], may be missing.
        var copied = Copied().Matches(Dockerfile)
            .SelectMany(copy => copy.Groups["source"].Captures.Select(source => source.Value.Trim()))
            .Where(source => !source.Contains('['))
            .ToList();

        Assert.Contains("src", copied);
        Assert.All(copied, source =>
        {
            Assert.NotEmpty(Directory.GetFileSystemEntries(Repository.PathOf(), source));
            Assert.Contains(allowed, path => source.StartsWith(path, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void The_ports_the_volume_and_the_services_agree()
    {
        var port = Regex.Match(Dockerfile, @"EXPOSE (\d+)").Groups[1].Value;
        var services = Service().Matches(Compose).Select(service => service.Groups["name"].Value).ToList();

        Assert.Contains($":5080:{port}\"", Compose);
        Assert.Contains("App__PublicUrl: http://localhost:5080", Compose);
        Assert.Contains("APP_WORKSPACE=/data\n", Dockerfile);
        Assert.Contains("- data:/data\n", Compose);
        Assert.All(Host().Matches(Compose), host => Assert.Contains(host.Groups["name"].Value, services));
        Assert.All(Published().Matches(Compose), open => Assert.StartsWith("127.0.0.1:", open.Groups["port"].Value));
    }

    private static string Read(string file) => File.ReadAllText(Repository.PathOf(file)).ReplaceLineEndings("\n");

    [GeneratedRegex(@"\b[A-Z]\w*?__\w+")]
    private static partial Regex Setting();

    [GeneratedRegex(@"(?m)^COPY(?: (?!--)(?<source>\S+))+ \S+$")]
    private static partial Regex Copied();

    [GeneratedRegex(@"(?m)^  (?<name>[a-z-]+):$")]
    private static partial Regex Service();

    [GeneratedRegex(@"(Host=|Redis: |Smtp__Host: )(?<name>[a-z]+)")]
    private static partial Regex Host();

    [GeneratedRegex(@"(?m)^      - ""(?<port>.+:\d+)""$")]
    private static partial Regex Published();
}
