using System.Text.Json;
using Microsoft.OpenApi;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>Compares JSON with its schema in the OpenAPI document.</summary>
internal static class Schemas
{
    /// <returns>The differences; empty if the JSON matches.</returns>
    public static IEnumerable<string> Mismatches(this IOpenApiSchema schema, JsonElement json, string path = "$")
    {
        var alternatives = (schema.OneOf ?? []).Concat(schema.AnyOf ?? []).ToList();
        if (alternatives.Count > 0)
        {
            return alternatives.Any(inner => !inner.Mismatches(json, path).Any())
                ? []
                : [$"{path} matches no alternative"];
        }

        if (schema.Type is { } type && (type & TypeOf(json)) == 0)
        {
            return [$"{path} is {json.ValueKind}"];
        }

        return json.ValueKind switch
        {
            JsonValueKind.Object => MismatchesOfMembers(schema, json, path),
            JsonValueKind.Array when schema.Items is { } items =>
                json.EnumerateArray().SelectMany((item, index) => items.Mismatches(item, $"{path}[{index}]")),
            JsonValueKind.String when schema.Enum is { Count: > 0 } names
                && names.All(name => name?.ToString() != json.GetString()) => [$"{path} is {json}"],
            _ => [],
        };
    }

    private static IEnumerable<string> MismatchesOfMembers(IOpenApiSchema schema, JsonElement json, string path)
    {
        var missing = (schema.Required ?? new HashSet<string>())
            .Where(name => !json.TryGetProperty(name, out _))
            .Select(name => $"{path}.{name} is missing");
        if (schema.Properties is null)
        {
            return missing;
        }

        return missing.Concat(json.EnumerateObject().SelectMany(member =>
            schema.Properties.TryGetValue(member.Name, out var inner)
                ? inner.Mismatches(member.Value, $"{path}.{member.Name}")
                : [$"{path}.{member.Name} is unknown"]));
    }

    private static JsonSchemaType TypeOf(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => JsonSchemaType.Object,
        JsonValueKind.Array => JsonSchemaType.Array,
        JsonValueKind.String => JsonSchemaType.String,
        JsonValueKind.Number => json.TryGetInt64(out _)
            ? JsonSchemaType.Integer | JsonSchemaType.Number
            : JsonSchemaType.Number,
        JsonValueKind.True or JsonValueKind.False => JsonSchemaType.Boolean,
        _ => JsonSchemaType.Null,
    };
}
