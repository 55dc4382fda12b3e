using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>What the docs name exists: pages, files, services and scripts.</summary>
public sealed partial class DocsTests
{
    private static readonly string Root = Path.Combine(Template.Repository, "template");

    private static readonly string[] Pages =
        [.. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Root, "README.md")).Order()];

    private static readonly string[] PagesOfTheRepository =
        [.. Directory.EnumerateFiles(Template.Repository, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Template.Repository, "docs"), "*.md")).Order()];

    [Fact]
    public void Each_link_has_its_page_and_its_heading() => Assert.All([.. Pages, .. PagesOfTheRepository], page =>
        Assert.All(Link().Matches(File.ReadAllText(page)), link =>
        {
            var path = link.Groups["path"].Value;
            var target = path.Length > 0 ? Path.Combine(Path.GetDirectoryName(page)!, path) : page;
            Assert.True(File.Exists(target), $"{link.Value} leads to no file.");
            if (link.Groups["heading"].Success)
            {
                var headings = Heading().Matches(File.ReadAllText(target)).Select(heading => Anchor(heading.Value));
                Assert.Contains(link.Groups["heading"].Value, headings);
            }
        }));

    [Fact]
    public void Each_file_of_deploy_is_there_or_is_one_that_git_ignores()
    {
        var ignored = File.ReadAllLines(Path.Combine(Root, ".gitignore"))
            .Where(line => line.StartsWith("deploy/", StringComparison.Ordinal))
            .Select(line => new Regex($"^{Regex.Escape(line).Replace(@"\*", "[^/]*")}/?$"))
            .ToList();

        Assert.All(Pages, page => Assert.All(
            DeployedFile().Matches(File.ReadAllText(page)).Select(file => file.Value.TrimEnd('.', '/')),
            file => Assert.True(
                Path.Exists(Path.Combine(Root, file)) || ignored.Any(pattern => pattern.IsMatch(file)),
                $"There is no {file}.")));
    }

    [Fact]
    public void Each_command_of_compose_names_services_that_there_are()
    {
        var compose = File.ReadAllText(Path.Combine(Root, "deploy/compose.yml"));
        var services = Service().Matches(Services().Match(compose).Value).Select(service => service.Value).ToHashSet();

        Assert.All(Pages, page =>
            Assert.All(Compose().Matches(File.ReadAllText(page).Replace("\\\n", " ")), command =>
            {
                var words = command.Groups["words"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                var named = WithoutOptions(words).ToList();
                // What follows the service is a command in its container.
                var expected = command.Groups["verb"].Value is "run" or "exec" ? named.Take(1) : named;
                Assert.All(expected, service => Assert.Contains(service, services));
            }));
    }

    // Those options that take a value of their own.
    private static IEnumerable<string> WithoutOptions(string[] words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] is "-e" or "-v" or "--since" or "--tail" or "--entrypoint")
            {
                i++;
            }
            else if (!words[i].StartsWith('-'))
            {
                yield return words[i];
            }
        }
    }

    // As GitHub does it.
    private static string Anchor(string heading) =>
        NoAnchor().Replace(heading.ToLowerInvariant().Trim(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?!\w+:)(?<path>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<=^#{1,6} ).+$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N}\- _]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"(?<![\w/.-])deploy/[\w./-]+")]
    private static partial Regex DeployedFile();

    // To the next line that is not indented.
    [GeneratedRegex(@"^services:\n(( .*)?\n)+", RegexOptions.Multiline)]
    private static partial Regex Services();

    [GeneratedRegex(@"(?<=^  )[\w-]+(?=:)", RegexOptions.Multiline)]
    private static partial Regex Service();

    [GeneratedRegex(
        @"docker compose -f deploy/compose\.yml (?<verb>build|exec|logs|pull|restart|rm|run|stop|start|up)\b"
        + @"(?<words>[^\n`|&;""'()]*)")]
    private static partial Regex Compose();
}
