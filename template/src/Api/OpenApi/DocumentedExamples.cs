using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ProdReady.Api.OpenApi;

/// <summary>
/// Takes the examples of the members from the example of the whole record, which its XML comment gives.
/// </summary>
internal static class DocumentedExamples
{
    public static Task ShareWithMembers(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        foreach (var schema in document.Components!.Schemas!.Values)
        {
            foreach (var (name, member) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
            {
                var example = schema.Examples?[0]?[name];

                // The example of a generic list is empty: take the example of its items.
                if (example is JsonArray { Count: 0 } list && member.Items?.Examples?[0] is { } item)
                {
                    list.Add(item.DeepClone());
                }

                if (member is OpenApiSchema inline && example is not null)
                {
                    inline.Examples ??= [example.DeepClone()];
                }
            }
        }

        return Task.CompletedTask;
    }
}
