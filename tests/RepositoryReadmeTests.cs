using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>The README of this repository.</summary>
public sealed partial class RepositoryReadmeTests(Template template)
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Template.Repository, "README.md"));

    [Fact]
    public async Task Its_commands_install_the_template_make_a_project_and_remove_the_template()
    {
        // The package has what a clone has, without the output of builds.
        var clone = Path.Combine(template.Work, "readme", "clone");
        await ZipFile.ExtractToDirectoryAsync(template.Package, clone, TestContext.Current.CancellationToken);
        // The templates of the user who runs the tests stay as they are.
        var home = new Dictionary<string, string?> { ["DOTNET_CLI_HOME"] = Path.Combine(template.Work, "readme") };
        string[][] commands = [.. Command().Matches(Readme).Select(command => command.Value.Split(' '))];
        Assert.Equal(3, commands.Length);

        await Cli.Run(clone, home, "dotnet", commands[0]);
        await Cli.Run(clone, home, "dotnet", commands[1]);
        await Cli.Run(clone, home, "dotnet", commands[2]);

        Assert.True(File.Exists(Path.Combine(clone, "..", "Acme.Shop", "Acme.Shop.slnx")));
        var (code, _, _) = await Cli.Try(clone, home, "dotnet", "new", "list", "prodready-api");
        Assert.NotEqual(0, code);
    }

    [Fact]
    public async Task The_number_of_tests_is_that_of_a_project_rounded_down()
    {
        var project = await template.Default();

        var list = await Cli.Dotnet(project.Folder, "test", "--no-build", "--list-tests");

        var found = int.Parse(Discovered().Match(list).Groups["number"].Value, CultureInfo.InvariantCulture);
        var named = NumberOfTests().Match(Readme).Groups["number"].Value;
        // Some cases depend on what the machine has, so the number is a lower bound.
        var atLeast = int.Parse(named, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        Assert.InRange(found, atLeast, atLeast + 199);
    }

    [GeneratedRegex("(?<=^dotnet )new (un)?(install|prodready-api) .+$", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex(@"Discovered (?<number>\d+) tests")]
    private static partial Regex Discovered();

    [GeneratedRegex(@"(?<number>[\d,]+) tests over HTTP")]
    private static partial Regex NumberOfTests();
}
