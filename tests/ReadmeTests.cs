namespace ProdReadyTemplate.Tests;

/// <summary>The README of a generated project.</summary>
public sealed class ReadmeTests(Template template)
{
    [Fact]
    public async Task The_first_endpoint_in_the_README_works_as_written()
    {
        var project = await template.GenerateIn("first-endpoint", "Acme.Shop", "--sample", "false");

        new Recipe(project, "README.md").Follow(Enumerable.Range(1, 5));

        await project.Build();
        await project.TestOnly("OpenApi", "Requests");
        string[] test = ["test", "--no-build", "--project", "tests/Features", "--filter-class", "*GreetTests"];
        Assert.Contains(
            "The_greeting_contains_the_name", await Cli.Dotnet(project.Folder, [.. test, "--output", "Detailed"]));
    }
}
