using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ProdReady.Api.OpenApi;

/// <summary>Copies the rules of the validators, and the examples of records, to members and parameters.</summary>
internal static class DocumentedSchemas
{
    private const string ExampleId = "019a1f3d-52c8-7a04-8e2b-6d1f90c7a35e";

    // Which the framework cannot derive from custom converters.
    public static Task NameTypes(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = context.JsonTypeInfo.Type;
        var written = Nullable.GetUnderlyingType(type) ?? type;
        if (written.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. Enum.GetNames(written).Select(name => JsonValue.Create(EnumNames.Of(name)))];
        }
        else if (written == typeof(DateTimeOffset))
        {
            var isNullable = type != written && !DocumentedRules.IsNotNull(schema);
            schema.Type = isNullable ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
            schema.Format = "date-time";
        }

        return Task.CompletedTask;
    }

    public static Task LimitMembers(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        if (DocumentedRules.TakeNote(schema) is { } note)
        {
            // A member whose type is a schema of its own has its description beside the reference to that.
            var isReference = schema.Metadata!.TryGetValue("x-schema-id", out var id) && id is not "";
            schema.Metadata.TryGetValue("x-ref-description", out var described);
            schema.Metadata["x-ref-description"] = $"{described}{note}".Trim();
            schema.Description = isReference ? schema.Description : $"{schema.Description}{note}".Trim();
        }

        if (ValidatorOf(context.JsonTypeInfo.Type, context.ApplicationServices) is { } validator)
        {
            DocumentedRules.Apply(validator, schema);
        }

        return Task.CompletedTask;
    }

    public static async Task DescribeParameters(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var parameters = operation.Parameters?.OfType<OpenApiParameter>().ToList() ?? [];
        foreach (var id in parameters.Where(parameter => parameter.Schema?.Format == "uuid"))
        {
            id.Example ??= ExampleId;
        }

        // The record that holds the query of an endpoint.
        var type = context.Description.ActionDescriptor.EndpointMetadata.OfType<MethodInfo>()
            .SelectMany(method => method.GetParameters())
            .FirstOrDefault(parameter => parameter.IsDefined(typeof(AsParametersAttribute)))?.ParameterType;
        if (type is null)
        {
            return;
        }

        var query = new OpenApiSchema
        {
            Properties = parameters.DistinctBy(parameter => parameter.Name)
                .ToDictionary(parameter => parameter.Name!, parameter => parameter.Schema!),
            Required = new HashSet<string>(),
        };
        if (ValidatorOf(type, context.ApplicationServices) is { } validator)
        {
            DocumentedRules.Apply(validator, query);
        }

        var example = (await context.GetOrCreateSchemaAsync(type, cancellationToken: ct)).Examples?[0];
        foreach (var parameter in parameters)
        {
            parameter.Example ??= example?[parameter.Name!]?.DeepClone();
            parameter.Required |= query.Required.Contains(parameter.Name!);
            if (parameter.Schema is OpenApiSchema schema && DocumentedRules.TakeNote(schema) is { } note)
            {
                parameter.Description = $"{parameter.Description}{note}".Trim();
            }
        }
    }

    /// <summary>A member has its example from the example of its record, which the XML comment gives.</summary>
    public static Task ShareExamples(
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

    private static IValidator? ValidatorOf(Type type, IServiceProvider services) =>
        (IValidator?)services.GetService(typeof(IValidator<>).MakeGenericType(type));
}
