using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.OpenApi;

/// <summary>The document tells all that a client has to know, also of endpoints that nobody has written yet.</summary>
public sealed class OpenApiTests(SharedApp app)
{
    private static readonly string[] ExampleMembers = ["example", "examples", "enum", "$ref"];

    [Fact]
    public async Task Every_operation_says_what_it_does()
    {
        var operations = Operations(await Document()).ToList();

        foreach (var (call, operation) in operations)
        {
            ShouldSay(operation, "summary", call);
            ShouldSay(operation, "description", call);
            Assert.Matches("^[a-z][A-Za-z]+$", operation.Text("operationId"));
        }

        Assert.Distinct(operations.Select(operation => operation.Operation.Text("operationId")));
    }

    [Fact]
    public async Task Every_chapter_is_described()
    {
        var document = await Document();

        foreach (var tag in document.GetProperty("tags").EnumerateArray())
        {
            ShouldSay(tag, "description", $"The chapter {tag.Text("name")}");
        }
    }

    [Fact]
    public async Task Every_answer_is_described_in_words_of_its_own()
    {
        foreach (var (call, operation) in Operations(await Document()))
        {
            foreach (var answer in operation.GetProperty("responses").EnumerateObject())
            {
                var description = answer.Value.Text("description");

                Assert.True(
                    description != ReasonPhrases.GetReasonPhrase(int.Parse(answer.Name)),
                    $"{call} says of {answer.Name} only \"{description}\". Write <response code=\"{answer.Name}\">…");
            }
        }
    }

    [Fact]
    public async Task Every_error_is_a_problem_with_an_example()
    {
        foreach (var (call, operation) in Operations(await Document()))
        {
            var answers = operation.GetProperty("responses");

            Assert.True(answers.TryGetProperty("500", out _), $"{call} is not mapped below the group /api/v1");
            foreach (var error in answers.EnumerateObject().Where(answer => answer.Name[0] > '3'))
            {
                var body = error.Value.GetProperty("content").GetProperty("application/problem+json");

                Assert.Equal("#/components/schemas/ProblemResponse", body.GetProperty("schema").Text("$ref"));
                Assert.NotEmpty(body.GetProperty("examples").EnumerateObject());
            }
        }
    }

    [Fact]
    public async Task Every_parameter_is_described_and_has_an_example()
    {
        foreach (var (call, operation) in Operations(await Document()))
        {
            foreach (var parameter in Members(operation, "parameters").SelectMany(all => all.Value.EnumerateArray()))
            {
                var name = $"{parameter.Text("name")} of {call}";

                ShouldSay(parameter, "description", name);
                Assert.True(parameter.TryGetProperty("example", out _), $"{name} has no example");
            }
        }
    }

    [Fact]
    public async Task Every_record_and_member_is_described_and_has_an_example()
    {
        var schemas = (await Document()).GetProperty("components").GetProperty("schemas");

        foreach (var schema in schemas.EnumerateObject())
        {
            ShouldSay(schema.Value, "description", schema.Name);
            Assert.True(
                schema.Value.TryGetProperty("examples", out _) || schema.Value.TryGetProperty("enum", out _),
                $"{schema.Name} has no example. Write <example>{{ … }}</example> above it.");
            foreach (var member in Members(schema.Value, "properties").SelectMany(all => all.Value.EnumerateObject()))
            {
                var name = $"{schema.Name}.{member.Name}";

                ShouldSay(member.Value, "description", name);
                Assert.True(
                    ExampleMembers.Any(example => member.Value.TryGetProperty(example, out _)),
                    $"{name} has no example. Put it into the <example> of {schema.Name}, or give it one of its own.");
            }
        }
    }

    [Fact]
    public async Task What_the_validators_check_is_documented()
    {
        var schemas = (await Document()).GetProperty("components").GetProperty("schemas");

        var members = schemas.GetProperty("RegisterRequest").GetProperty("properties");

        Assert.Equal("email", members.GetProperty("email").Text("format"));
        Assert.Equal(254, members.GetProperty("email").GetProperty("maxLength").GetInt32());
        Assert.Equal(15, members.GetProperty("password").GetProperty("minLength").GetInt32());
        Assert.Equal(128, members.GetProperty("password").GetProperty("maxLength").GetInt32());
    }

    [Fact]
    public async Task Every_operation_is_limited_and_says_so()
    {
        foreach (var (call, operation) in Operations(await Document()))
        {
            var answers = operation.GetProperty("responses");

            Assert.True(answers.TryGetProperty("429", out var tooMany), $"{call} is not limited");
            Assert.True(tooMany.GetProperty("headers").TryGetProperty("Retry-After", out _), call);
            foreach (var answer in answers.EnumerateObject())
            {
                var headers = answer.Value.GetProperty("headers");

                Assert.True(headers.TryGetProperty("RateLimit", out _), $"{call} {answer.Name}");
                Assert.True(headers.TryGetProperty("RateLimit-Policy", out _), $"{call} {answer.Name}");
            }
        }
    }

    private async Task<JsonElement> Document()
    {
        using var client = app.CreateClient();

        return await (await client.Get("/openapi/v1.json")).Json();
    }

    private static IEnumerable<(string Call, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select ($"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value);

    private static IEnumerable<JsonProperty> Members(JsonElement json, string name) =>
        json.EnumerateObject().Where(member => member.NameEquals(name));

    private static void ShouldSay(JsonElement json, string member, string what) =>
        Assert.True(json.TryGetProperty(member, out var text) && text.GetString() != "", $"{what} has no {member}");
}
