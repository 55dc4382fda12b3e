using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ProdReady.Api.OpenApi;

/// <summary>
/// The XML comment of a record gives one example of the whole; the members of it are their examples.
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

                // A list of anything cannot say what it holds, but what it holds can.
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
