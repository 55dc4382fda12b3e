using System.Reflection;
using FluentValidation;
using FluentValidation.Validators;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ProdReady.Application;

namespace ProdReady.Api;

/// <summary>Writes into the OpenAPI document what the validators check, so that nobody has to say it twice.</summary>
internal static class DocumentedInputs
{
    // Any will do, as long as it is the same everywhere.
    private const string ExampleId = "019a1f3d-52c8-7a04-8e2b-6d1f90c7a35e";

    public static Type? BodyType(this IList<object> metadata) =>
        metadata.OfType<IAcceptsMetadata>().FirstOrDefault()?.RequestType;

    /// <summary>The record that stands for the parameters of an endpoint.</summary>
    public static Type? ParametersType(this IList<object> metadata) =>
        metadata.OfType<MethodInfo>()
            .SelectMany(method => method.GetParameters())
            .FirstOrDefault(parameter => parameter.IsDefined(typeof(AsParametersAttribute)))?.ParameterType;

    public static Task LimitMembers(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        foreach (var (name, rule) in RulesOf(context.JsonTypeInfo.Type, context.ApplicationServices))
        {
            if (rule is INotNullValidator or INotEmptyValidator)
            {
                (schema.Required ??= new HashSet<string>()).Add(name);
            }

            Limit((OpenApiSchema)schema.Properties![name], rule);
        }

        return Task.CompletedTask;
    }

    public static async Task DescribeParameters(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var parameters = operation.Parameters?.OfType<OpenApiParameter>().ToDictionary(parameter => parameter.Name!) ?? [];
        foreach (var id in parameters.Values.Where(parameter => parameter.Schema?.Format == "uuid"))
        {
            id.Example ??= ExampleId;
        }

        if (context.Description.ActionDescriptor.EndpointMetadata.ParametersType() is not { } type)
        {
            return;
        }

        foreach (var (name, rule) in RulesOf(type, context.ApplicationServices))
        {
            parameters[name].Required |= rule is INotNullValidator or INotEmptyValidator;
            Limit((OpenApiSchema)parameters[name].Schema!, rule);
        }

        var example = (await context.GetOrCreateSchemaAsync(type, cancellationToken: ct)).Examples?[0];
        foreach (var (name, parameter) in parameters)
        {
            parameter.Example ??= example?[name]?.DeepClone();
        }
    }

    private static IEnumerable<(string Member, IPropertyValidator Rule)> RulesOf(Type type, IServiceProvider services)
    {
        var validator = (IValidator?)services.GetService(typeof(IValidator<>).MakeGenericType(type));

        return validator?.CreateDescriptor().GetMembersWithValidators()
            .SelectMany(member => member.Select(rule => (member.Key, rule.Validator))) ?? [];
    }

    private static void Limit(OpenApiSchema schema, IPropertyValidator rule)
    {
        switch (rule)
        {
            case INotNullValidator or INotEmptyValidator:
                schema.Type &= ~JsonSchemaType.Null;
                // Else the framework adds "or null" after us, because C# needs a nullable type to see a missing enum.
                schema.Metadata?.Remove("x-is-nullable-property");
                schema.MinLength = rule is INotEmptyValidator && schema.Type == JsonSchemaType.String ? 1 : null;
                break;

            case ILengthValidator length:
                schema.MinLength = length.Min > 0 ? length.Min : schema.MinLength;
                schema.MaxLength = length.Max > 0 ? length.Max : schema.MaxLength;
                break;

            case IInclusiveBetweenValidator between:
                schema.Minimum = $"{between.From}";
                schema.Maximum = $"{between.To}";
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
