using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>The README of a generated project.</summary>
public sealed partial class ReadmeTests(Template template)
{
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

    // "… a new file `path`: ```csharp code```" or "… in `path` below `line`: ```csharp code```"
    [GeneratedRegex(
        @"\*\*\d\.\*\* [^`]*"
        + "(?:a new file `(?<file>[^`]+)`|in `(?<file>[^`]+)` below `(?<anchor>[^`]+)`)"
        + @"[^\n]*:\n\n```csharp\n(?<code>.*?)```",
        RegexOptions.Singleline)]
    private static partial Regex Step();
}
