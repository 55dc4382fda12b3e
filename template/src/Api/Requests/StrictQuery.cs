using ProdReady.Api.Errors;

namespace ProdReady.Api.Requests;

internal static class StrictQuery
{
    /// <summary>
    /// Refuses a repeated parameter, because a proxy might check one value and the endpoint use the other. Unknown
    /// parameters are ignored.
    /// </summary>
    public static RouteGroupBuilder WithStrictQuery(this RouteGroupBuilder group) =>
        group.WithMetadata(Problems.ValidationFailed).AddEndpointFilter(async (invocation, next) =>
        {
            var repeated = invocation.HttpContext.Request.Query
                .Where(parameter => parameter.Value.Count > 1)
                .ToDictionary(parameter => parameter.Key, _ => new[] { "Must appear only once." });

            return repeated.Count == 0
                ? await next(invocation)
                : Problems.ValidationFailed.ToResult(errors: repeated);
        });
}
