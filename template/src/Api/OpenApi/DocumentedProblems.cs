using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace ProdReady.Api.OpenApi;

/// <summary>Describes the problems in the metadata of an endpoint, each with an example.</summary>
internal static class DocumentedProblems
{
    private static readonly ProblemType[] WithRetryAfter =
        [Problems.QuotaExceeded, Problems.RequestInProgress, Problems.ServiceUnavailable];

    public static Task Describe(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var member = operation.RequestBody?.Content?.Values.First().Schema?.Properties?.Keys.FirstOrDefault();
        var parameter = operation.Parameters?.FirstOrDefault(sent => sent.In == ParameterLocation.Query)?.Name;
        // What can be said of each member, and of each parameter: some may be empty.
        var error = member is not null ? (member, "Has the wrong type or an undefined value.")
            : parameter is not null ? (parameter, "Must appear only once.") : default((string, string)?);

        foreach (var problems in metadata.OfType<ProblemType>().Distinct().GroupBy(problem => problem.Status))
        {
            var response = (OpenApiResponse)operation.Responses![$"{problems.Key}"];
            response.Content!.Values.Single().Examples = problems.ToDictionary(
                problem => problem.Uri.Split(':', '#')[^1],
                IOpenApiExample (problem) => ExampleOf(problem, error));

            // The <response> comment of the endpoint takes precedence.
            if (response.Description == ReasonPhrases.GetReasonPhrase(problems.Key))
            {
                response.Description = string.Join(" ", problems.Select(problem => problem.Title));
            }

            if (problems.Intersect(WithRetryAfter).Any())
            {
                response.AddHeader("Retry-After", "Seconds to wait before the next attempt.", "42");
            }

            if (problems.Contains(Problems.Unauthorized))
            {
                response.AddHeader("WWW-Authenticate", "The scheme, and what is wrong with the token.", "Bearer");
            }
        }

        var inOrder = operation.Responses!.OrderBy(response => response.Key, StringComparer.Ordinal).ToList();
        operation.Responses!.Clear();
        inOrder.ForEach(response => operation.Responses.Add(response.Key, response.Value));

        return Task.CompletedTask;
    }

    private static OpenApiExample ExampleOf(ProblemType type, (string Member, string Message)? error)
    {
        var problem = type.ToResult() with
        {
            TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
            Errors = type == Problems.ValidationFailed && error is var (member, message)
                ? new Dictionary<string, string[]> { [member] = [message] }
                : null,
            ViolatedPolicies = type == Problems.QuotaExceeded ? ["api"] : null,
        };

        return new OpenApiExample
        {
            Summary = type.Title,
            Value = JsonSerializer.SerializeToNode(problem, JsonSerializerOptions.Web),
        };
    }
}
