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
    public async Task The_help_lists_the_switches()
    {
        var help = await template.Help();

        Assert.Contains("--sample", help);
        Assert.Contains("--sqlite", help);
        Assert.Contains("--s3", help);
        Assert.DoesNotContain("-p:", help);
    }
}
