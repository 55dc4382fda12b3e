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
    [InlineData("beside", "my-app", false, true, false)]
    [InlineData("on the next schema", "2026-x", true, false, true)]
    [InlineData("plain", "Acme.2026", false, false, true)]
    [InlineData("a path with a space", "App", true, true, true)]
    [InlineData("second", "Library.System", true, false, false)]
    [InlineData("second", "My shop & Co", false, true, true)]
    [InlineData("second", "sentry", false, false, false)]
    public async Task A_generated_project_builds_passes_its_tests_and_runs(
        string parent, string name, bool sample, bool sqlite, bool s3)
    {
        Assert.SkipUnless(sqlite || Postgres.IsAvailable, Postgres.Missing);
        if (parent == "beside")
        {
            AddForeignBuildFiles(Path.Combine(template.Work, parent));
        }

        var project = await Generated(parent, name, sample, sqlite, s3);

        var tests = parent == "on the next schema"
            ? await project.TestWhatDiffers(Path.Combine(Template.Repository, "tests", "next-migration.sql"))
            : await project.TestWhatDiffers(onPostgres: !sqlite);
        Assert.True(tests > 100, "Most of the tests are missing.");
        await project.Run(sqlite ? null : await Postgres.CreateDatabase());
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
        Assert.NotEqual(fromFolder.SigningKey, fromPackage.SigningKey);
        Assert.Equal(72, Convert.FromBase64String(fromFolder.SigningKey).Length);
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
            Assert.True(SigningKeys.Add(project.SigningKey), "Two projects share a secret.");
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
            var text = file.EndsWith(".webp") ? file : file + "\n" + project.Read(file);
            Assert.DoesNotMatch(@"(?m)^\s*(//|<!--)?\s*#(if|endif|else)\b", text);
            Assert.DoesNotContain("ProdReady", text);
            Assert.DoesNotMatch("RANDOM_SIGNING_KEY", text);
            if (!sample)
            {
                Assert.DoesNotContain("ticket", text, StringComparison.OrdinalIgnoreCase);
            }

            // That script makes the project anew, with its options.
            if (!sqlite && file != "scripts/remove-sample.sh")
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

    [GeneratedRegex("<Version>(.+?)</Version>")]
    private static partial Regex Version();
}
