using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>The secrets of a generated project stay on the machine that it was generated on.</summary>
public sealed partial class SecretsTests(Template template)
{
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_can_read_the_env_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no mode of a file.");
        var project = await template.Default();

        var mode = File.GetUnixFileMode(Path.Combine(project.Folder, ".env"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }

    [Fact]
    public async Task A_clone_without_the_env_file_builds_passes_its_tests_and_runs()
    {
        var original = await template.GenerateIn("cloned", "Original");
        await Commit(original);
        var clone = new Project(Path.Combine(template.Work, "cloned", "Clone"));
        await Git(template.Work, "clone", "--quiet", original.Folder, clone.Folder);

        Assert.DoesNotContain(".env", clone.Files());
        await clone.Build();
        await clone.TestOnly("Hosting");
        await clone.Run();

        Assert.NotEqual(original.SigningKey, clone.SigningKey);
    }

    [Fact]
    public async Task The_secrets_are_neither_in_the_git_history_nor_in_the_published_files()
    {
        var project = await template.GenerateIn("published", "Acme.Shop");
        var secret = project.SigningKey;
        await Commit(project);

        var history = await Cli.Run(project.Folder, [], "git", "log", "--all", "--patch");
        await Cli.Dotnet(project.Folder, "publish", "src", "--output", "published");

        Assert.Contains("docs/configuration.md", history);
        Assert.DoesNotContain(secret, history);
        var published = Directory.GetFiles(Path.Combine(project.Folder, "published"), "*", SearchOption.AllDirectories);
        Assert.Contains(published, file => Path.GetFileName(file) == "appsettings.json");
        Assert.DoesNotContain(published, file => Path.GetFileName(file).StartsWith(".env"));
        Assert.All(published, file => Assert.DoesNotContain(secret, File.ReadAllText(file, Encoding.Latin1)));
    }

    // gitleaks itself cannot be installed everywhere. These are its rules that a text without a secret can meet; a rule
    // for the keys of one provider needs such a key.
    [Fact]
    public async Task The_scan_for_secrets_has_no_finding_on_the_first_day()
    {
        var project = await template.Default();

        Assert.All(project.Files().Where(file => file != ".env"), file =>
        {
            var text = project.Read(file);
            Assert.DoesNotMatch(@"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY", text);
            Assert.DoesNotMatch(@"\bey[a-zA-Z0-9]{17,}\.ey[a-zA-Z0-9/\\_-]{17,}\.", text);
            Assert.Empty(Named().Matches(text)
                .Select(match => match.Groups["value"].Value)
                .Where(value => value.Any(char.IsAsciiDigit) && Entropy(value) > 3.5)
                .Select(value => $"{file}: {value}"));
        });
    }

    private static double Entropy(string text) => text.CountBy(character => character)
        .Select(count => (double)count.Value / text.Length)
        .Sum(share => -share * Math.Log2(share));

    [GeneratedRegex(
        @"[\w.-]{0,50}?(?:access|auth|api|credential|creds|key|passw(?:or)?d|secret|token)(?:[ \t\w.-]{0,20})"
        + @"[\s'""]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[`'""\s=]{0,5}"
        + @"(?<value>[\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[`'""\s;]|\\[nr]|$)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Named();

    private static async Task Commit(Project project)
    {
        await Git(project.Folder, "init", "--quiet");
        await Git(project.Folder, "add", "--all");
        await Git(
            project.Folder, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "Start");
    }

    private static Task Git(string folder, params string[] args) => Cli.Run(folder, [], "git", args);
}
