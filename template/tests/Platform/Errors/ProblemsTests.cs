using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Api.Errors;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Errors;

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
    public void Every_problem_has_a_title_and_a_detail()
    {
        Assert.All(Types, type => Assert.Matches("^[A-Z].+\\.$", type.Title));
        Assert.All(Types, type => Assert.Matches("^[A-Z].+\\.$", type.Detail));
        Assert.Equal(Types.Count, Types.DistinctBy(type => (type.Uri, type.Status)).Count());
    }

    [Fact]
    public async Task A_bare_status_gets_the_body_of_its_problem()
    {
        await using var app = await new App
        {
            Routes = routes => routes
                .MapGet("/probe/{status:int}", (int status) => TypedResults.StatusCode(status)).AllowAnonymous(),
        }.Started();
        using var client = app.CreateClient();

        foreach (var status in Types.Select(type => type.Status).Concat([402, 410, 418, 501, 502]).Distinct())
        {
            var response = await client.Get($"/probe/{status}");
            var problem = await response.Json();

            // A bare 422 is unlikely to come from an Idempotency-Key.
            var isOurs = status != 422 && Types.Any(type => type.Status == status);
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(status, problem.GetProperty("status").GetInt32());
            Assert.NotEmpty(problem.Text("title"));
            Assert.Equal(isOurs, Types.Any(type => type.Status == status && type.Uri == problem.Text("type")));
            Assert.Equal(isOurs, problem.Text("type") != "about:blank");
        }
    }

    [GeneratedRegex(
        "^\\| `(?<name>[a-z-]+)` \\| (?<status>\\d{3}) \\| (?<title>[^|]+) \\| [^|]{10,} \\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
