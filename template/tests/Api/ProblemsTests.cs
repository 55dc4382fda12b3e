using System.Reflection;
using System.Text.RegularExpressions;
using ProdReady.Api;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Api;

public sealed partial class ProblemsTests
{
    private static readonly List<ProblemType> Types =
        [.. typeof(Problems).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => field.GetValue(null)).OfType<ProblemType>()];

    [Fact]
    public void The_page_on_errors_lists_every_type_of_problem()
    {
        var rows = Row().Matches(File.ReadAllText(Repository.PathOf("docs", "errors.md")))
            .Select(row => $"{row.Groups["name"]} {row.Groups["status"]} {row.Groups["title"]}");

        var types = Types.Select(type => $"{type.Uri.Split(':', '#')[^1]} {type.Status} {type.Title}");
        Assert.Equal(types.Order(), rows.Order());
    }

    [Fact]
    public void Every_problem_says_what_happened_and_what_to_do()
    {
        Assert.All(Types, type => Assert.Matches("^[A-Z].+\\.$", type.Title));
        Assert.All(Types, type => Assert.Matches("^[A-Z].+\\.$", type.Detail));
        Assert.Equal(Types.Count, Types.DistinctBy(type => (type.Uri, type.Status)).Count());
    }

    [GeneratedRegex(
        "^\\| `(?<name>[a-z-]+)` \\| (?<status>\\d{3}) \\| (?<title>[^|]+) \\| [^|]{10,} \\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
