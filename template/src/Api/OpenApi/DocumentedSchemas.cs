using System.Text.Json.Nodes;
using FluentValidation.Validators;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ProdReady.Api.OpenApi;

/// <summary>Copies the rules of the validators, and the examples of records, to members and parameters.</summary>
internal static class DocumentedSchemas
{
    private const string ExampleId = "019a1f3d-52c8-7a04-8e2b-6d1f90c7a35e";

    // Which the framework cannot derive from a custom converter.
    public static Task NameEnums(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = context.JsonTypeInfo.Type;
        if ((Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } enumType)
        {
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. Enum.GetNames(enumType).Select(name => JsonValue.Create(EnumNames.Of(name)))];
        }

        return Task.CompletedTask;
    }

    public static Task LimitMembers(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        foreach (var (name, rule) in RulesOf(context.JsonTypeInfo.Type, context.ApplicationServices))
        {
            // A rule for a nested member has a schema of its own.
            if (schema.Properties?.TryGetValue(name, out var member) != true)
            {
                continue;
            }

            if (rule is INotNullValidator or INotEmptyValidator)
            {
                (schema.Required ??= new HashSet<string>()).Add(name);
            }

            Limit((OpenApiSchema)member!, rule);
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

        var rules = RulesOf(type, context.ApplicationServices).ToLookup(rule => rule.Member, rule => rule.Rule);
        var example = (await context.GetOrCreateSchemaAsync(type, cancellationToken: ct)).Examples?[0];
        foreach (var parameter in parameters)
        {
            parameter.Example ??= example?[parameter.Name!]?.DeepClone();
            foreach (var rule in rules[parameter.Name!])
            {
                parameter.Required |= rule is INotNullValidator or INotEmptyValidator;
                Limit((OpenApiSchema)parameter.Schema!, rule);
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

    private static IEnumerable<(string Member, IPropertyValidator Rule)> RulesOf(Type type, IServiceProvider services)
    {
        var validator = (IValidator?)services.GetService(typeof(IValidator<>).MakeGenericType(type));

        // A conditional rule does not hold for every value.
        return validator?.CreateDescriptor().GetMembersWithValidators()
            .Where(member => member.Key is not null)
            .SelectMany(member => member
                .Where(rule => !rule.Options.HasCondition && !rule.Options.HasAsyncCondition)
                .Select(rule => (member.Key, rule.Validator))) ?? [];
    }

    private static void Limit(OpenApiSchema schema, IPropertyValidator rule)
    {
        switch (rule)
        {
            case INotNullValidator or INotEmptyValidator:
                schema.Type &= ~JsonSchemaType.Null;
                // Otherwise the framework adds "or null" later, since the property is nullable in C#.
                schema.Metadata?.Remove("x-is-nullable-property");
                schema.MinLength ??= rule is INotEmptyValidator && schema.Type == JsonSchemaType.String ? 1 : null;
                break;
            // All other rules of a list hold for its items.
            case not null when schema.Items is OpenApiSchema item:
                Limit(item, rule);
                break;
            case ILengthValidator length:
                schema.MinLength = length.Min > 0 ? length.Min : schema.MinLength;
                schema.MaxLength = length.Max > 0 ? length.Max : schema.MaxLength;
                break;
            case IInclusiveBetweenValidator between:
                (schema.Minimum, schema.Maximum) = ($"{between.From}", $"{between.To}");
                break;
            case IComparisonValidator { ValueToCompare: IFormattable bound } comparison:
                _ = comparison.Comparison switch
                {
                    Comparison.GreaterThanOrEqual => schema.Minimum = $"{bound}",
                    Comparison.LessThanOrEqual => schema.Maximum = $"{bound}",
                    Comparison.GreaterThan => schema.ExclusiveMinimum = $"{bound}",
                    Comparison.LessThan => schema.ExclusiveMaximum = $"{bound}",
                    _ => null,
                };
                break;
            case IRegularExpressionValidator { Expression: var pattern }:
                schema.Pattern = pattern;
                break;
            case IEmailValidator:
                schema.Format = "email";
                break;
            case IOneOfValidator { Names: var names }:
                schema.Enum = [.. names];
                break;
        }
    }
}
