using System.Reflection;
using FluentValidation;
using FluentValidation.Validators;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ProdReady.Api.OpenApi;

/// <summary>Copies the rules of the validators into the OpenAPI document.</summary>
internal static class DocumentedInputs
{
    private const string ExampleId = "019a1f3d-52c8-7a04-8e2b-6d1f90c7a35e";

    public static Type? BodyType(this IList<object> metadata) =>
        metadata.OfType<IAcceptsMetadata>().FirstOrDefault()?.RequestType;

    /// <summary>The record with [AsParameters] that holds the query of an endpoint.</summary>
    public static Type? ParametersType(this IList<object> metadata) =>
        metadata.OfType<MethodInfo>()
            .SelectMany(method => method.GetParameters())
            .FirstOrDefault(parameter => parameter.IsDefined(typeof(AsParametersAttribute)))?.ParameterType;

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

        if (context.Description.ActionDescriptor.EndpointMetadata.ParametersType() is not { } type)
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
                schema.Minimum = $"{between.From}";
                schema.Maximum = $"{between.To}";
                break;

            case IComparisonValidator { Comparison: Comparison.GreaterThanOrEqual, ValueToCompare: IFormattable min }:
                schema.Minimum = $"{min}";
                break;

            case IComparisonValidator { Comparison: Comparison.LessThanOrEqual, ValueToCompare: IFormattable max }:
                schema.Maximum = $"{max}";
                break;

            case IComparisonValidator { Comparison: Comparison.GreaterThan, ValueToCompare: IFormattable below }:
                schema.ExclusiveMinimum = $"{below}";
                break;

            case IComparisonValidator { Comparison: Comparison.LessThan, ValueToCompare: IFormattable above }:
                schema.ExclusiveMaximum = $"{above}";
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
