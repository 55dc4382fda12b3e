using System.Text.Json;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// Acme.User becomes Acme.UserApi: in a namespace of that name the compiler would not find the class User any more.
/// .template.config/template.json lists the names that are changed so, and these tests find one that is missing there.
/// </summary>
public sealed partial class NameTests(Template template)
{
    private static readonly Regex[] Changed = ChangedNames();

    [Fact]
    public async Task A_project_can_have_any_word_of_its_code_as_its_name()
    {
        var project = await template.GenerateIn("words", "Acme.Shop", "--s3");
        var words = project.Files().Where(file => file.EndsWith(".cs"))
            .SelectMany(file => Word().Matches(project.Read(file)))
            .Select(match => match.Value)
            .Distinct()
            .Where(word => word is not ("Acme" or "Shop") && !IsChanged(word))
            .ToList();
        Assert.Contains("Email", words);
        Assert.Contains("SettingsCheck", words);
        Assert.DoesNotContain("User", words);
        Assert.DoesNotContain("JsonSerializer", words);

        // Namespaces beside Acme.Shop are found like the last part of its name.
        var namespaces = string.Concat(words.Select(word => $"    namespace {word} {{ }}\n"));
        foreach (var folder in new[] { "src", "tests/Support", "tests/Features", "tests/Platform" })
        {
            await File.WriteAllTextAsync(
                Path.Combine(project.Folder, folder, "Words.cs"),
                $"namespace Acme\n{{\n{namespaces}}}\n",
                TestContext.Current.CancellationToken);
        }

        var (code, output, _) = await Cli.Try(project.Folder, [], "dotnet", "build", "-warnaserror");
        var missing = Collision().Matches(output).Select(match => match.Groups["word"].Value).Distinct().Order();
        Assert.True(code == 0, $"Add to the forms in template.json: {string.Join('|', missing)}\n{output}");
        foreach (var package in PackagesOf(project))
        {
            Assert.True(IsChanged(package.Split('.')[0]), $"A project cannot have the name of the package {package}.");
        }
    }

    [Theory]
    [InlineData("App", "AppApi", "AppApi")]
    [InlineData("Acme.User", "Acme.UserApi", "Acme.UserApi")]
    [InlineData("Acme.Users", "Acme.Users", "Acme.Users")]
    [InlineData("Serilog.System", "SerilogApi.SystemApi", "SerilogApi.SystemApi")]
    [InlineData("event", "eventApi", "eventApi")]
    [InlineData("Acme.Event", "Acme.Event", "Acme.Event")]
    [InlineData("My Shop & Co", "My_Shop_Co", "My_Shop_Co")]
    [InlineData("2026-x", "2026-x", "_2026_x")]
    [InlineData("DbContext", "DbContextApi", "DbContextApi")]
    [InlineData("Acme.JsonSerializer", "Acme.JsonSerializerApi", "Acme.JsonSerializerApi")]
    [InlineData(".Acme..Shop.", "Acme.Shop", "Acme.Shop")]
    [InlineData("Acme.🛒", "Acme._Api", "Acme._Api")]
    [InlineData("हिन्दी.दुकान", "हिन्दी.दुकान", "हिन्दी.दुकान")]
    [InlineData("Cafe\u0301", "Cafe\u0301", "Cafe\u0301")]
    public async Task The_name_of_the_files_and_of_the_namespace(string name, string file, string space)
    {
        var project = await template.GenerateIn("names", name);

        Assert.Contains($"{file}.slnx", project.Files());
        Assert.Contains($"<RootNamespace>{space}</RootNamespace>", project.Read($"src/{file}.csproj"));
        Assert.Contains($"ENTRYPOINT [\"dotnet\", \"{file}.dll\"]", project.Read("Dockerfile"));
        Assert.StartsWith($"# {name}\n", project.Read("README.md"));
    }

    private static bool IsChanged(string part) => Changed.Any(pattern => pattern.IsMatch(part));

    private static Regex[] ChangedNames()
    {
        using var template = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Template.Repository, ".template.config", "template.json")));

        return
        [
            .. template.RootElement.GetProperty("forms").EnumerateObject()
                .Where(form => ListOfNames().IsMatch(form.Name))
                .Select(form => new Regex(form.Value.GetProperty("pattern").GetString()!)),
        ];
    }

    private static IEnumerable<string> PackagesOf(Project project) =>
        Directory.GetFiles(project.Folder, "project.assets.json", SearchOption.AllDirectories)
            .SelectMany(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement
                .GetProperty("libraries").EnumerateObject())
            .Where(library => library.Value.GetProperty("type").GetString() == "package")
            .Select(library => library.Name.Split('/')[0])
            .Distinct();

    [GeneratedRegex("^(keyword|package|type)[0-9A-Z]+$")]
    private static partial Regex ListOfNames();

    [GeneratedRegex(@"(?<![\w@])[A-Z]\w*")]
    private static partial Regex Word();

    // 'User' is a namespace but is used like a type; 'Acme.Fact' is not an attribute class.
    [GeneratedRegex(@"'(Acme\.)?(?<word>\w+)' is a namespace|'Acme\.(?<word>\w+)'")]
    private static partial Regex Collision();
}
