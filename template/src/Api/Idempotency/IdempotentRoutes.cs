using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace ProdReady.Api.Idempotency;

/// <summary>The routes that accept an Idempotency-Key, in the pipeline and in the OpenAPI document.</summary>
internal static class IdempotentRoutes
{
    private const string Description =
        "A new value for each new request: 1 to 255 visible ASCII characters. A retry with the same key gets the "
        + "response of the first attempt.";

    private const string Example = "5f0d7c1e-9a51-4c8e-8a35-0d3c1b6f2e47";

    private static readonly Type?[] Forms = [typeof(IFormFile), typeof(IFormFileCollection), typeof(IFormCollection)];

    /// <summary>A request with a key is executed once; one without a key each time it is sent.</summary>
    public static RouteHandlerBuilder AcceptsIdempotencyKey(this RouteHandlerBuilder endpoint)
    {
        ((IEndpointConventionBuilder)endpoint).Finally(ThrowIfUnsafe);

        return endpoint
            .AddEndpointFilter(IdempotencyFilter.Invoke)
            .ProducesProblem(Problems.Conflict, Problems.RequestInProgress, Problems.IdempotencyKeyReused)
            .Describe(operation =>
            {
                // A route that requires the key has it as a parameter.
                if (operation.Parameters?.Any(IsKey) != true)
                {
                    operation.AddParameter(IdempotencyFilter.Header, Description, isRequired: false, Example);
                }

                foreach (var (_, response) in operation.Responses!.Where(response => response.Key[0] == '2'))
                {
                    response.AddHeader("Idempotency-Replayed", "Present where this is a stored response.", "true");
                }
            });
    }

    private static bool IsKey(IOpenApiParameter parameter) =>
        IdempotencyFilter.Header.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase);

    private static void ThrowIfUnsafe(EndpointBuilder endpoint)
    {
        // Keys belong to a user. Anonymous clients would share theirs, and get the responses of each other.
        if (endpoint.Metadata.OfType<IAllowAnonymous>().Any())
        {
            throw new InvalidOperationException(
                $"{endpoint.DisplayName} accepts an {IdempotencyFilter.Header} and anonymous requests.");
        }

        // The fingerprint covers a body only as a parameter. Without it requests with different bodies would look the
        // same; of a form, the fingerprint would cover its headers but not its content.
        var parameters = endpoint.Metadata.OfType<MethodInfo>().Last().GetParameters().Select(p => p.ParameterType);
        if (endpoint.Metadata.OfType<IAcceptsMetadata>().LastOrDefault() is { RequestType: var body }
            && (!parameters.Contains(body) || Forms.Contains(body)))
        {
            throw new InvalidOperationException(
                $"{endpoint.DisplayName} accepts an {IdempotencyFilter.Header}, but its body is not a parameter.");
        }
    }
}
