using System.Reflection;
using System.Text.Json;

namespace ProdReady.Api;

internal static class StrictQuery
{
    /// <summary>
    /// A query says what is known, and says it once. A misspelt filter would find everything else; and of two values a
    /// proxy may check the one and we take the other.
    /// </summary>
    public static RouteGroupBuilder WithStrictQuery(this RouteGroupBuilder group) =>
        group.AddEndpointFilterFactory((factory, next) =>
        {
            var known = factory.MethodInfo.GetParameters().SelectMany(NamesOf).ToHashSet();

            return async invocation =>
            {
                var errors = ErrorsIn(invocation.HttpContext.Request.Query, known);

                return errors.Count == 0 ? await next(invocation) : Problems.ValidationFailed.ToResult(errors: errors);
            };
        });

    private static Dictionary<string, string[]> ErrorsIn(IQueryCollection query, HashSet<string> known)
    {
        var errors = new Dictionary<string, string[]>();
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name))
            {
                errors[name] = ["There is no such parameter."];
            }
            else if (values.Count > 1)
            {
                errors[name] = ["Must be there once."];
            }
        }

        return errors;
    }

    private static IEnumerable<string> NamesOf(ParameterInfo parameter) =>
        parameter.IsDefined(typeof(AsParametersAttribute))
            ? parameter.ParameterType.GetProperties()
                .Select(member => JsonNamingPolicy.CamelCase.ConvertName(member.Name))
            : [parameter.Name!];
}
