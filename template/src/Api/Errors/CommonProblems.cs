using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;

namespace ProdReady.Api.Errors;

/// <summary>Which problems an endpoint can answer with, as metadata for the OpenAPI document.</summary>
internal static class CommonProblems
{
    /// <summary>Adds the problems of this endpoint alone.</summary>
    public static RouteHandlerBuilder ProducesProblem(this RouteHandlerBuilder endpoint, params ProblemType[] types) =>
        endpoint.WithMetadata([.. types]);

    /// <summary>Adds the problems that follow from authorization, body and results of each endpoint.</summary>
    public static RouteGroupBuilder WithCommonProblems(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            foreach (var problem in ProblemsOf(endpoint.Metadata).Except(endpoint.Metadata).ToList())
            {
                endpoint.Metadata.Add(problem);
            }
        });

        return group;
    }

    private static IEnumerable<ProblemType> ProblemsOf(IList<object> metadata)
    {
        // A host that is not served or an unreadable header is refused before any endpoint.
        yield return Problems.MalformedRequest;
        yield return Problems.InternalError;
        yield return Problems.Timeout;
        yield return Problems.ServiceUnavailable;

        if (!metadata.OfType<IAllowAnonymous>().Any())
        {
            yield return Problems.Unauthorized;
        }

        if (metadata.Any(item => item is IAuthorizeData or AuthorizationPolicy))
        {
            yield return Problems.Forbidden;
        }

        if (metadata.OfType<IAcceptsMetadata>().Any())
        {
            yield return Problems.RequestTimeout;
            yield return Problems.PayloadTooLarge;
            yield return Problems.UnsupportedMediaType;
        }

        // TypedResults.NotFound() and the like declare their status; UseProblemBodies writes the body.
        foreach (var bare in metadata.OfType<IProducesResponseTypeMetadata>()
            .Where(answer => answer is { StatusCode: >= 400 } and not ProblemType))
        {
            yield return Problems.ForStatus(bare.StatusCode);
        }
    }
}
