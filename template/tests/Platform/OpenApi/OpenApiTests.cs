using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.OpenApi;

/// <summary>The document describes every endpoint completely, also those that are added later.</summary>
public sealed class OpenApiTests(SharedApp app)
{
    private static readonly string[] ExampleMembers = ["example", "examples", "enum", "$ref"];

    [Fact]
    public async Task Every_operation_has_a_summary_and_a_description()
    {
        foreach (var (call, operation) in Operations(await Document()))
        {
            ShouldHave(operation, "summary", call);
            ShouldHave(operation, "description", call);
        }
    }

    // Generators of clients name their methods after the operation ids.
    [Fact]
    public async Task Every_operation_has_an_id_of_its_own_from_the_name_of_the_route()
    {
        var ids = new List<string>();

        foreach (var (call, operation) in Operations(await Document()))
        {
            var id = Members(operation, "operationId").Select(member => member.Value.GetString()!).FirstOrDefault("");

            Assert.True(
                Regex.IsMatch(id, "^[a-z][A-Za-z]+$"),
                $"{call} has the operation id \"{id}\". Name the route: .WithName(\"openThing\")");
            ids.Add(id);
        }

        Assert.Distinct(ids);
    }

    [Fact]
    public async Task Every_tag_is_described()
    {
        var document = await Document();

        foreach (var tag in document.GetProperty("tags").EnumerateArray())
        {
            ShouldHave(tag, "description", $"The tag {tag.Text("name")}");
        }
    }

    [Fact]
    public async Task Every_response_has_a_description_of_its_own()
    {
        foreach (var (call, operation) in Operations(await Document()))
        {
            foreach (var response in operation.GetProperty("responses").EnumerateObject())
            {
                var description = response.Value.Text("description");

                Assert.True(
                    description != ReasonPhrases.GetReasonPhrase(int.Parse(response.Name)),
                    $"{call} describes {response.Name} as {description}. Write <response code=\"{response.Name}\">…");
            }
        }
    }

    [Fact]
    public async Task Every_error_is_a_problem_with_an_example()
    {
        foreach (var (call, operation) in Operations(await Document()))
        {
            var responses = operation.GetProperty("responses");

            Assert.True(responses.TryGetProperty("500", out _), $"{call} is not mapped in the group /api/v1");
            foreach (var error in responses.EnumerateObject().Where(response => response.Name[0] > '3'))
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

                ShouldHave(parameter, "description", name);
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
            ShouldHave(schema.Value, "description", schema.Name);
            Assert.True(
                schema.Value.TryGetProperty("examples", out _) || schema.Value.TryGetProperty("enum", out _),
                $"{schema.Name} has no example. Write <example>{{ … }}</example> above it.");
            foreach (var member in Members(schema.Value, "properties").SelectMany(all => all.Value.EnumerateObject()))
            {
                var name = $"{schema.Name}.{member.Name}";

                ShouldHave(member.Value, "description", name);
                Assert.True(
                    ExampleMembers.Any(example => member.Value.TryGetProperty(example, out _)),
                    $"{name} has no example. Add it to the <example> of {schema.Name} or of the member.");
            }
        }
    }

    [Fact]
    public async Task The_rules_of_the_validators_are_documented()
    {
        var schemas = (await Document()).GetProperty("components").GetProperty("schemas");

        var members = schemas.GetProperty("RegisterRequest").GetProperty("properties");

        Assert.Equal("email", members.GetProperty("email").Text("format"));
        Assert.Equal(254, members.GetProperty("email").GetProperty("maxLength").GetInt32());
        Assert.Equal(15, members.GetProperty("password").GetProperty("minLength").GetInt32());
        Assert.Equal(128, members.GetProperty("password").GetProperty("maxLength").GetInt32());
    }

    [Fact]
    public async Task Every_operation_has_a_rate_limit_and_documents_it()
    {
        foreach (var (call, operation) in Operations(await Document()))
        {
            var responses = operation.GetProperty("responses");

            Assert.True(responses.TryGetProperty("429", out var tooMany), $"{call} has no rate limit");
            Assert.True(tooMany.GetProperty("headers").TryGetProperty("Retry-After", out _), call);
            foreach (var response in responses.EnumerateObject())
            {
                var headers = response.Value.GetProperty("headers");

                Assert.True(headers.TryGetProperty("RateLimit", out _), $"{call} {response.Name}");
                Assert.True(headers.TryGetProperty("RateLimit-Policy", out _), $"{call} {response.Name}");
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

    private static void ShouldHave(JsonElement json, string member, string what) =>
        Assert.True(json.TryGetProperty(member, out var text) && text.GetString() != "", $"{what} has no {member}");
}
