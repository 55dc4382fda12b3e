using System.Text;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// Eight projects that together have every combination of switches and every unusual name. Each is generated, built,
/// tested and started.
/// </summary>
public sealed partial class GenerationTests(Template template)
{
    private static readonly HashSet<string> SigningKeys = [];

    [Theory]
    [InlineData("plain", "Acme.Shop", true, true, false)]
    [InlineData("plain", "my-app", false, true, false)]
    [InlineData("plain", "2026-x", true, false, true)]
    [InlineData("plain", "Acme.2026", false, false, true)]
    [InlineData("a path with a space", "shop", true, true, true)]
    [InlineData("beside", "my-app", true, false, false)]
    [InlineData("second", "2026-x", false, true, true)]
    [InlineData("second", "shop", false, false, false)]
    public async Task A_generated_project_builds_passes_its_tests_and_runs(
        string parent, string name, bool sample, bool sqlite, bool s3)
    {
        Assert.SkipUnless(sqlite || Postgres.IsAvailable, Postgres.Missing);
        if (parent == "beside")
        {
            AddForeignBuildFiles(Path.Combine(template.Work, parent));
        }

        var project = await Generated(parent, name, sample, sqlite, s3);

        Assert.True(await project.TestWhatDiffers(onPostgres: !sqlite) > 100, "Most of the tests are missing.");
        await project.Run(sqlite ? null : await Postgres.CreateDatabase());
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

        Assert.NotEqual(SigningKeyOf(original), SigningKeyOf(clone));
    }

    [Fact]
    public async Task The_secrets_are_neither_in_the_git_history_nor_in_the_published_files()
    {
        var project = await template.GenerateIn("published", "Acme.Shop");
        var secret = SigningKeyOf(project);
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

    [Fact]
    public async Task The_first_endpoint_in_the_README_works_as_written()
    {
        var project = await template.GenerateIn("first-endpoint", "Acme.Shop", "--sample", "false");

        var steps = Step().Matches(project.Read("README.md"));
        Assert.Equal(5, steps.Count);
        foreach (Match step in steps)
        {
            Follow(project, step);
        }

        await project.Build();
        await project.TestOnly("OpenApi", "Requests");
        string[] test = ["test", "--no-build", "--project", "tests/Features", "--filter-class", "*GreetTests"];
        Assert.Contains(
            "The_greeting_contains_the_name", await Cli.Dotnet(project.Folder, [.. test, "--output", "Detailed"]));
    }

    [Theory]
    [InlineData("all", true, true, true)]
    [InlineData("without-sample", false, true, false)]
    [InlineData("without-sqlite", true, false, false)]
    [InlineData("without-any", false, false, false)]
    public async Task The_package_and_the_folder_make_the_same_project(
        string parent, bool sample, bool sqlite, bool s3)
    {
        var options = Options(sample, sqlite, s3);
        var fromFolder = await template.GenerateIn($"folder-{parent}", "Acme.Shop", options);
        var fromPackage = await template.GenerateFromPackage($"package-{parent}", "Acme.Shop", options);

        Assert.Equal(fromFolder.Files(), fromPackage.Files());
        Assert.Contains(".env", fromFolder.Files());
        Assert.Contains(".github/workflows/ci.yml", fromFolder.Files());
        Assert.All(fromFolder.Files().Where(file => file != ".env"), file =>
            Assert.Equal(fromFolder.Read(file), fromPackage.Read(file)));
        Assert.NotEqual(SigningKeyOf(fromFolder), SigningKeyOf(fromPackage));
        Assert.Equal(72, Convert.FromBase64String(SigningKeyOf(fromFolder)).Length);
    }

    [Fact]
    public async Task A_generated_project_is_formatted_and_has_the_version_of_the_template()
    {
        var project = await template.Default();

        await Cli.Dotnet(project.Folder, "format", "--verify-no-changes");

        var version = Version().Match(File.ReadAllText(Path.Combine(Template.Repository, "ProdReadyTemplate.csproj")));
        Assert.Contains($"<TemplateVersion>{version.Groups[1].Value}<", project.Read("Directory.Build.props"));
    }

    private async Task<Project> Generated(string parent, string name, bool sample, bool sqlite, bool s3)
    {
        var project = await template.GenerateIn(parent, name, Options(sample, sqlite, s3));
        ShouldBeClean(project, sample, sqlite, s3);
        lock (SigningKeys)
        {
            Assert.True(SigningKeys.Add(SigningKeyOf(project)), "Two projects share a secret.");
        }

        await project.Build();

        return project;
    }

    private static string[] Options(bool sample, bool sqlite, bool s3)
    {
        // Options that have their default value are omitted, as users do.
        string[] options = [];
        options = sample ? options : [.. options, "--sample", "false"];

        options = sqlite ? options : [.. options, "--sqlite", "false"];

        return s3 ? [.. options, "--s3"] : options;
    }

    private static void ShouldBeClean(Project project, bool sample, bool sqlite, bool s3)
    {
        foreach (var file in project.Files())
        {
            var text = file + "\n" + project.Read(file);
            Assert.DoesNotMatch(@"(?m)^\s*(//|<!--)?\s*#(if|endif|else)\b", text);
            Assert.DoesNotContain("ProdReady", text);
            Assert.DoesNotMatch("RANDOM_SIGNING_KEY|COPYRIGHT_YEAR", text);
            if (!sample)
            {
                Assert.DoesNotContain("ticket", text, StringComparison.OrdinalIgnoreCase);
            }

            if (!sqlite)
            {
                Assert.DoesNotContain("sqlite", text, StringComparison.OrdinalIgnoreCase);
            }

            if (!s3)
            {
                Assert.DoesNotMatch(@"\bS3|AWSSDK|Amazon|TEST_S3", text);
            }
        }
    }

    // Build files of other projects in the parent folder. If MSBuild imported them, the build would fail.
    private static void AddForeignBuildFiles(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), """
            <Project>
              <PropertyGroup>
                <TargetFramework>net5.0</TargetFramework>
                <LangVersion>7</LangVersion>
              </PropertyGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, "Directory.Packages.props"), """
            <Project>
              <ItemGroup>
                <PackageVersion Include="Serilog.AspNetCore" Version="1.0.0" />
              </ItemGroup>
            </Project>
            """);
    }

    private static void Follow(Project project, Match step)
    {
        var file = Path.Combine(project.Folder, step.Groups["file"].Value);
        var code = step.Groups["code"].Value;
        if (!step.Groups["anchor"].Success)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, code);

            return;
        }

        var lines = File.ReadAllLines(file).ToList();
        var anchor = lines.FindIndex(line => line.Trim() == step.Groups["anchor"].Value);
        Assert.True(anchor >= 0, $"{file} has no line {step.Groups["anchor"].Value}");
        lines.Insert(anchor + 1, code.TrimEnd('\n'));
        File.WriteAllLines(file, lines);
    }

    private static string SigningKeyOf(Project project) =>
        Regex.Match(project.Read(".env"), "^Jwt__SigningKeys__0=(.+?)\r?$", RegexOptions.Multiline).Groups[1].Value;

    private static async Task Commit(Project project)
    {
        await Git(project.Folder, "init", "--quiet");
        await Git(project.Folder, "add", "--all");
        await Git(
            project.Folder, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "Start");
    }

    private static Task Git(string folder, params string[] args) => Cli.Run(folder, [], "git", args);

    // "… a new file `path`: ```csharp code```" or "… in `path` below `line`: ```csharp code```"
    [GeneratedRegex(
        @"\*\*\d\.\*\* [^`]*"
        + "(?:a new file `(?<file>[^`]+)`|in `(?<file>[^`]+)` below `(?<anchor>[^`]+)`)"
        + @"[^\n]*:\n\n```csharp\n(?<code>.*?)```",
        RegexOptions.Singleline)]
    private static partial Regex Step();

    [GeneratedRegex("<Version>(.+?)</Version>")]
    private static partial Regex Version();
}
