using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

public sealed class PackageTests(Template template)
{
    [Fact]
    public void The_package_has_the_template_and_no_build_output()
    {
        var files = template.FilesInPackage();

        Assert.Contains("README.md", files);
        Assert.Contains("icon.png", files);
        Assert.Contains(".template.config/template.json", files);
        Assert.Contains("template/.gitignore", files);
        Assert.DoesNotContain(files, file => Regex.IsMatch(file, "/(bin|obj|\\.data)/"));
        Assert.DoesNotContain("template/.env", files);
        Assert.DoesNotContain(files, file => file.StartsWith("tests/"));
    }

    [Fact]
    public void Its_page_shows_no_file_of_this_repository_and_has_the_options_of_the_README()
    {
        var page = template.ReadFromPackage("README.md");

        Assert.DoesNotMatch(@"\]\((?!https?://)", page);
        Assert.Contains("dotnet new install ProdReady.Api.Template\n", page);
        Assert.Contains("<id>ProdReady.Api.Template</id>", template.ReadFromPackage("ProdReady.Api.Template.nuspec"));
        Assert.Equal(Options(File.ReadAllText(Path.Combine(Template.Repository, "README.md"))), Options(page));
    }

    // The copyright of a project belongs to those who write it, and its licence is theirs to choose.
    [Fact]
    public void A_project_has_no_licence_of_ours_and_needs_no_notice()
    {
        Assert.DoesNotContain(template.FilesInPackage(), file => file.Contains("LICENSE"));
        Assert.Contains(
            """<license type="expression">MIT-0</license>""",
            template.ReadFromPackage("ProdReady.Api.Template.nuspec"));
    }

    [Fact]
    public async Task The_help_lists_the_switches()
    {
        var help = await template.Help();

        Assert.Contains("--sample", help);
        Assert.Contains("--sqlite", help);
        Assert.Contains("--s3", help);
        Assert.DoesNotContain("-p:", help);
    }

    private static string[] Options(string page) =>
        [.. page.Split('\n').Where(line => line.StartsWith("| `--", StringComparison.Ordinal))];
}
