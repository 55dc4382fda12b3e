using FluentValidation.Results;
using ValidationException = FluentValidation.ValidationException;
using ValidationResult = FluentValidation.Results.ValidationResult;

namespace ProdReady.Api.Requests;

internal static class Validation
{
    private const string Failures = "failures";

    // Errors use the names of the JSON members, not of the C# properties.
    static Validation()
    {
        ValidatorOptions.Global.PropertyNameResolver = (_, member, _) => NameInJson(member);
        ValidatorOptions.Global.DisplayNameResolver = (_, member, _) => NameInJson(member);
        ValidatorOptions.Global.LanguageManager = new ValidationMessages();
        ValidatorOptions.Global.OnFailureCreated = (failure, context, _, _, _) => Collect(failure, context);
    }

    /// <summary>
    /// Refuses repeated parameters: a proxy might check one value and the endpoint use the other. An empty one counts
    /// as not sent; forms and axios send all their fields.
    /// </summary>
    public static RouteGroupBuilder WithStrictQuery(this RouteGroupBuilder group)
    {
        // Not a filter, which runs after the parameters are bound.
        ((IEndpointConventionBuilder)group).Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                var sent = context.Request.Query.Where(parameter => parameter.Value != "")
                    .ToDictionary(StringComparer.OrdinalIgnoreCase);
                var repeated = sent.Where(parameter => parameter.Value.Count > 1)
                    .ToDictionary(parameter => parameter.Key, _ => new[] { "Must appear only once." });
                context.Request.Query = new QueryCollection(sent);

                return repeated.Count == 0
                    ? next(context)
                    : Problems.ValidationFailed.ToResult(errors: repeated).ExecuteAsync(context);
            };
        });

        return group.WithMetadata(Problems.ValidationFailed);
    }

    /// <summary>Validates every argument that has a validator before the endpoint runs.</summary>
    public static RouteGroupBuilder WithValidation(this RouteGroupBuilder group) =>
        group.AddEndpointFilterFactory((factory, next) =>
        {
            var validators = factory.MethodInfo.GetParameters()
                .Select((parameter, index) => (index, Validator: ValidatorOf(parameter.ParameterType, factory)))
                .Where(argument => argument.Validator is not null)
                .ToList();

            return validators.Count == 0 ? next : async invocation =>
            {
                // A body that is optional and was not sent is null.
                foreach (var (index, validator) in validators.Where(v => invocation.Arguments[v.index] is not null))
                {
                    var ct = invocation.HttpContext.RequestAborted;
                    var result = await Validate(validator!, invocation.Arguments[index], ct);
                    if (!result.IsValid)
                    {
                        return Problems.ValidationFailed.ToResult(errors: result.ToDictionary());
                    }
                }

                return await next(invocation);
            };
        });

    private static async Task<ValidationResult> Validate(IValidator validator, object? input, CancellationToken ct)
    {
        var context = new ValidationContext<object?>(input);
        context.RootContextData[Failures] = new List<ValidationFailure>();
        try
        {
            return await validator.ValidateAsync(context, ct);
        }
        catch (ValidationException enough)
        {
            return new ValidationResult(enough.Errors);
        }
    }

    // FluentValidation itself goes on to the last item of a list, and only an exception ends that.
    private static ValidationFailure Collect(ValidationFailure failure, IValidationContext context)
    {
        var failures = context.RootContextData.TryGetValue(Failures, out var all) ? (List<ValidationFailure>)all : [];
        failures.Add(failure);

        return failures.Count > BoundedErrors.Max ? throw new ValidationException(failures) : failure;
    }

    private static string? NameInJson(MemberInfo? member) =>
        member is null ? null : JsonNamingPolicy.CamelCase.ConvertName(member.Name);

    private static IValidator? ValidatorOf(Type type, EndpointFilterFactoryContext factory) =>
        factory.ApplicationServices.GetService(typeof(IValidator<>).MakeGenericType(type)) as IValidator;
}
