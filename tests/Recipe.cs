using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>A page of a generated project that tells how to add code, carried out word for word.</summary>
internal sealed partial class Recipe(Project project, string page)
{
    private readonly string text = project.Read(page);

    /// <summary>Writes each file, or inserts each line, that a step shows.</summary>
    /// <param name="numbers">The numbers of the steps that have code.</param>
    public void Follow(IEnumerable<int> numbers)
    {
        var steps = Step().Matches(text).ToList();
        Assert.Equal(numbers, steps.Select(step => int.Parse(step.Groups["number"].Value)));
        foreach (var step in steps)
        {
            Write(Path.Combine(project.Folder, step.Groups["file"].Value), step.Groups["code"].Value, step);
        }
    }

    /// <summary>Each block of commands, below a heading.</summary>
    public IReadOnlyList<string> Commands(string heading) =>
        [.. Command().Matches(text[text.IndexOf(heading)..]).Select(block => block.Groups["commands"].Value)];

    private static void Write(string file, string code, Match step)
    {
        if (!step.Groups["anchor"].Success)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, code);

            return;
        }

        var lines = File.ReadAllLines(file).ToList();
        var anchor = lines.FindIndex(line => line.Trim() == step.Groups["anchor"].Value);
        Assert.True(anchor >= 0, $"{file} has no line {step.Groups["anchor"].Value}");
        lines.InsertRange(step.Groups["where"].Value is "below" ? anchor + 1 : anchor, code.Split('\n')[..^1]);
        File.WriteAllLines(file, lines);
    }

    // "… a new file `path`: ```csharp code```" or "… in `path` below `line`: ```csharp code```", in one paragraph.
    [GeneratedRegex(
        @"\*\*(?<number>\d+)\.\*\* (?:(?!\n\n).)*?"
        + @"(?:a\snew\sfile\s`(?<file>[^`]+)`|[Ii]n\s`(?<file>[^`]+)`\s(?<where>below|above)\s`(?<anchor>[^`]+)`)"
        + @"(?:(?!\n\n).)*:\n\n```(?:csharp|http|markdown)\n(?<code>.*?)^```",
        RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Step();

    [GeneratedRegex(@"^```sh\n(?<commands>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Command();
}
