using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.OpenApi;

/// <summary>No response grows without end: each list in it is a page, or has a maximum.</summary>
public sealed class ListTests(SharedApp app)
{
    // A schema can contain itself.
    private const int MaxDepth = 8;

    [Fact]
    public async Task Every_list_in_a_response_is_a_page_or_has_a_maximum()
    {
        foreach (var (call, operation) in await Operations())
        {
            var lists = BodiesOf(operation).SelectMany(body => ListsIn(body, "The body"));

            Assert.All(lists, list => Assert.True(
                list.Schema.MaxItems > 0,
                $"{list.Path} of {call} has no maximum. Return a Page<T>, or bound it: .ProducesAtMost(100) on the "
                + "route, [property: MaxLength(100)] on the member."));
        }
    }

    [Fact]
    public async Task Every_route_that_returns_pages_has_a_limit_with_a_maximum()
    {
        foreach (var (call, operation) in await Operations())
        {
            if (BodiesOf(operation).Any(IsPage))
            {
                var limit = operation.Parameters?.FirstOrDefault(parameter => parameter.Name == "limit");

                Assert.True(
                    int.TryParse(limit?.Schema?.Maximum, out var max) && max <= 100,
                    $"{call} returns pages of any length. Validate its limit: .InclusiveBetween(1, 100)");
            }
        }
    }

    private async Task<IEnumerable<(string Call, OpenApiOperation Operation)>> Operations()
    {
        var provider = app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1");
        var document = await provider.GetOpenApiDocumentAsync(Scenarios.Ct);

        return from path in document.Paths
               from operation in path.Value.Operations!
               select ($"{operation.Key} {path.Key}", operation.Value);
    }

    // Without problems: their lists have one entry for each member or limit of the request.
    private static IEnumerable<IOpenApiSchema> BodiesOf(OpenApiOperation operation) =>
        operation.Responses!.Where(response => response.Key[0] == '2')
            .SelectMany(response => response.Value.Content ?? new Dictionary<string, OpenApiMediaType>())
            .Select(content => content.Value.Schema!);

    private static bool IsPage(IOpenApiSchema schema) => schema.Properties?.ContainsKey("nextCursor") is true;

    private static IEnumerable<(IOpenApiSchema Schema, string Path)> ListsIn(
        IOpenApiSchema schema, string path, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            return [];
        }

        var inner = (schema.OneOf ?? []).Concat(schema.AnyOf ?? []).Concat(schema.AllOf ?? [])
            .Select(part => (Schema: part, Path: path))
            .Concat((schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
                .Select(member => (Schema: member.Value, Path: $"{path}.{member.Key}")))
            .Append((Schema: schema.Items!, Path: $"{path}[]"))
            .Append((Schema: schema.AdditionalProperties!, Path: $"{path}{{}}"))
            .Where(part => part.Schema is not null);
        var lists = inner.SelectMany(part => ListsIn(part.Schema, part.Path, depth + 1));

        return schema.Type is { } type && type.HasFlag(JsonSchemaType.Array)
            ? lists.Prepend((schema, path))
            : lists.Where(list => !IsPage(schema) || list.Path != $"{path}.items");
    }
}
