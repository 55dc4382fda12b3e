using FluentValidation.Validators;
using Microsoft.OpenApi;

namespace ProdReady.Api.OpenApi;

/// <summary>Copies the rules of a validator to the members of a schema, those of RuleForEach to their items.</summary>
internal static class DocumentedRules
{
    // Metadata of a member, which is not written.
    private const string Note = "note";
    private const string NotNull = "not-null";

    /// <param name="isConditional">The rules do not hold for every value: the members only get a note.</param>
    public static void Apply(IValidator validator, OpenApiSchema schema, bool isConditional = false)
    {
        var rules = validator.CreateDescriptor().Rules.SelectMany(rule => Flat(rule, isConditional));
        foreach (var (rule, condition) in rules)
        {
            foreach (var component in rule.Components)
            {
                var hasCondition = component.HasCondition || component.HasAsyncCondition;
                Apply(rule, component.Validator, schema, condition || hasCondition);
            }
        }
    }

    /// <summary>To be added once the comment of the member has become its description, which replaces it.</summary>
    public static string? TakeNote(OpenApiSchema member) =>
        member.Metadata?.Remove(Note, out var note) is true ? $" {note}" : null;

    public static bool IsNotNull(OpenApiSchema member) => member.Metadata?.ContainsKey(NotNull) is true;

    // The rule and those that depend on it: every accepted request meets them, unless a rule above has a condition.
    // Those of another rule set never run.
    private static IEnumerable<(IValidationRule Rule, bool IsConditional)> Flat(
        IValidationRule rule, bool isConditional)
    {
        isConditional |= rule.HasCondition || rule.HasAsyncCondition;

        return rule.RuleSets is { Length: > 0 } sets && !sets.Contains("default", StringComparer.OrdinalIgnoreCase)
            ? []
            : (rule.DependentRules ?? []).SelectMany(next => Flat(next, isConditional)).Prepend((rule, isConditional));
    }

    private static void Apply(
        IValidationRule rule, IPropertyValidator validator, OpenApiSchema schema, bool isConditional)
    {
        var inner = InnerOf(validator);
        if (schema.Properties?.TryGetValue(rule.PropertyName ?? "", out var found) is not true
            || found is not OpenApiSchema member)
        {
            // The rules of Include have no member.
            if (inner is not null && string.IsNullOrEmpty(rule.PropertyName))
            {
                Apply(inner, schema, isConditional);
            }

            return;
        }

        var isForItems = rule.GetType().GetInterface(typeof(ICollectionRule<,>).Name) is not null;
        var target = isForItems ? member.Items as OpenApiSchema : member;
        if (inner is not null && target is not null)
        {
            Apply(inner, target, isConditional);
        }
        else if (isConditional || validator is IChildValidatorAdaptor)
        {
            (member.Metadata ??= new Dictionary<string, object>())[Note] =
                "More rules apply in some cases; the response 400 names them.";
        }
        else if (target is not null)
        {
            if (!isForItems && validator is INotNullValidator or INotEmptyValidator)
            {
                (schema.Required ??= new HashSet<string>()).Add(rule.PropertyName!);
            }

            Limit(target, validator);
        }
    }

    // Of SetValidator, ChildRules or Include. A lambda that selects it by the value of a member fails here.
    private static IValidator? InnerOf(IPropertyValidator validator)
    {
        var select = validator is IChildValidatorAdaptor ? validator.GetType().GetMethod("GetValidator") : null;
        try
        {
            var context = select?.GetParameters()[0].ParameterType;

            return (IValidator?)select?.Invoke(validator, [Activator.CreateInstance(context!, [null]), null]);
        }
        catch (TargetInvocationException)
        {
            return null;
        }
    }

    private static void Limit(OpenApiSchema schema, IPropertyValidator rule)
    {
        switch (rule)
        {
            case INotNullValidator or INotEmptyValidator:
                schema.Type &= ~JsonSchemaType.Null;
                // Otherwise the framework adds "or null" later, since the property is nullable in C#.
                schema.Metadata?.Remove("x-is-nullable-property");
                (schema.Metadata ??= new Dictionary<string, object>())[NotNull] = true;
                schema.MinLength ??= rule is INotEmptyValidator && schema.Type == JsonSchemaType.String ? 1 : null;
                schema.MinItems ??= rule is INotEmptyValidator && schema.Type == JsonSchemaType.Array ? 1 : null;
                break;
            case ILengthValidator length when schema.Items is not null:
                (schema.MinItems, schema.MaxItems) = (length.Min > 0 ? length.Min : schema.MinItems, length.Max);
                break;
            case ILengthValidator length:
                schema.MinLength = length.Min > 0 ? length.Min : schema.MinLength;
                schema.MaxLength = length.Max > 0 ? length.Max : schema.MaxLength;
                break;
            case IInclusiveBetweenValidator between when IsNumber(schema):
                (schema.Minimum, schema.Maximum) = ($"{between.From}", $"{between.To}");
                break;
            case IComparisonValidator { ValueToCompare: IFormattable bound } comparison when IsNumber(schema):
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

    // JSON Schema has no bounds for texts, as times are.
    private static bool IsNumber(OpenApiSchema schema) =>
        schema.Type is { } type && (type & (JsonSchemaType.Integer | JsonSchemaType.Number)) != 0;
}
