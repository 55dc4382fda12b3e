using ProdReady.Api.Errors;

namespace ProdReady.Api.Requests;

internal static class StrictQuery
{
    /// <summary>
    /// Each parameter once: of two values, a proxy in front may check the one and the endpoint take the other. Unknown
    /// parameters change nothing and are ignored.
    /// </summary>
    public static RouteGroupBuilder WithStrictQuery(this RouteGroupBuilder group) =>
        group.AddEndpointFilter(async (invocation, next) =>
        {
            var repeated = invocation.HttpContext.Request.Query
                .Where(parameter => parameter.Value.Count > 1)
                .ToDictionary(parameter => parameter.Key, _ => new[] { "Must be there once." });

            return repeated.Count == 0
                ? await next(invocation)
                : Problems.ValidationFailed.ToResult(errors: repeated);
        });
}
