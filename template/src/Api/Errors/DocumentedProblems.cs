using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using ProdReady.Api.OpenApi;

namespace ProdReady.Api.Errors;

/// <summary>The problems that an endpoint can answer with, for the OpenAPI document.</summary>
internal static class DocumentedProblems
{
    private static readonly ProblemType[] TellWhenToTryAgain =
        [Problems.QuotaExceeded, Problems.RequestInProgress, Problems.ServiceUnavailable];

    /// <summary>Names what this endpoint can answer with, beyond what follows from its like.</summary>
    public static RouteHandlerBuilder ProducesProblem(this RouteHandlerBuilder endpoint, params ProblemType[] problems) =>
        endpoint.WithMetadata([.. problems]);

    /// <summary>Adds what follows from whom an endpoint lets in, what it takes and what it returns.</summary>
    public static RouteGroupBuilder WithCommonProblems(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            foreach (var problem in CommonProblems(endpoint.Metadata).Except(endpoint.Metadata).ToList())
            {
                endpoint.Metadata.Add(problem);
            }
        });

        return group;
    }

    public static Task Describe(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var member = (metadata.BodyType() ?? metadata.ParametersType())?.GetProperties()[0].Name;

        foreach (var problems in metadata.OfType<ProblemType>().Distinct().GroupBy(problem => problem.Status))
        {
            var response = (OpenApiResponse)operation.Responses![$"{problems.Key}"];
            response.Content!.Values.Single().Examples = problems.ToDictionary(
                problem => problem.Uri.Split(':', '#')[^1],
                IOpenApiExample (problem) => ExampleOf(problem, member));

            // Where the XML comment of the endpoint says it better, that stays.
            if (response.Description == ReasonPhrases.GetReasonPhrase(problems.Key))
            {
                response.Description = string.Join(" ", problems.Select(problem => problem.Title));
            }

            if (problems.Intersect(TellWhenToTryAgain).Any())
            {
                response.AddHeader("Retry-After", "Seconds until it is worth trying again.", "42");
            }

            if (problems.Contains(Problems.Unauthorized))
            {
                response.AddHeader("WWW-Authenticate", "How to sign in, and what is wrong with the token.", "Bearer");
            }
        }

        var inOrder = operation.Responses!.OrderBy(answer => answer.Key, StringComparer.Ordinal).ToList();
        operation.Responses!.Clear();
        inOrder.ForEach(answer => operation.Responses.Add(answer.Key, answer.Value));

        return Task.CompletedTask;
    }

    private static OpenApiExample ExampleOf(ProblemType type, string? member)
    {
        var problem = type.ToResult() with { TraceId = "4bf92f3577b34da6a3ce929d0e0e4736" };
        if (type == Problems.ValidationFailed && member is not null)
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(member);
            problem = problem with { Errors = new Dictionary<string, string[]> { [name] = ["Must not be empty."] } };
        }

        if (type == Problems.QuotaExceeded)
        {
            problem = problem with { ViolatedPolicies = ["api"] };
        }

        return new OpenApiExample
        {
            Summary = type.Title,
            Value = JsonSerializer.SerializeToNode(problem, JsonSerializerOptions.Web),
        };
    }

    private static IEnumerable<ProblemType> CommonProblems(IList<object> metadata)
    {
        // A host that is not ours, or a header that cannot be read, is refused everywhere.
        yield return Problems.MalformedRequest;
        yield return Problems.InternalError;
        yield return Problems.GatewayTimeout;
        // As is what a database cannot do that is away.
        yield return Problems.ServiceUnavailable;

        if (!metadata.OfType<IAllowAnonymous>().Any())
        {
            yield return Problems.Unauthorized;
        }

        if (metadata.Any(item => item is IAuthorizeData or AuthorizationPolicy))
        {
            yield return Problems.Forbidden;
        }

        if (metadata.BodyType() is not null || metadata.ParametersType() is not null)
        {
            yield return Problems.ValidationFailed;
        }

        if (metadata.BodyType() is not null)
        {
            yield return Problems.RequestTimeout;
            yield return Problems.PayloadTooLarge;
            yield return Problems.UnsupportedMediaType;
        }

        // TypedResults.NotFound() and its like say which status they have; the body is ours.
        foreach (var bare in metadata.OfType<IProducesResponseTypeMetadata>().Where(answer => answer.StatusCode >= 400))
        {
            if (bare is not ProblemType)
            {
                yield return Problems.Of(bare.StatusCode);
            }
        }
    }
}
