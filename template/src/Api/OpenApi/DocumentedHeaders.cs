using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ProdReady.Api.Errors;
using ProdReady.Api.RateLimiting;

namespace ProdReady.Api.OpenApi;

/// <summary>Says in the OpenAPI document which headers an endpoint reads and sends.</summary>
internal static class DocumentedHeaders
{
    private const string IdempotencyKey =
        "Made up by you for this one request: 1 to 255 visible ASCII characters. Sent again, it gets the same answer.";

    private const string RateLimitPolicy = "The limits of this call: so many requests (q) in so many seconds (w).";
    private const string RateLimit = "How many requests are left (r), until the count starts anew in t seconds.";

    public static RouteHandlerBuilder DescribeIdempotencyKey(
        this RouteHandlerBuilder endpoint, string name, bool isRequired) =>
        endpoint.ProducesProblem(Problems.Conflict, Problems.RequestInProgress, Problems.IdempotencyKeyReused)
            .Describe(operation =>
            {
                operation.AddParameter(name, IdempotencyKey, isRequired, "5f0d7c1e-9a51-4c8e-8a35-0d3c1b6f2e47");
                foreach (var (_, response) in operation.Responses!.Where(answer => answer.Key[0] == '2'))
                {
                    response.AddHeader("Idempotency-Replayed", "Only where this was answered before.", "true");
                }
            });

    public static Task DescribeRateLimits(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var isLimited = context.Description.ActionDescriptor.EndpointMetadata.OfType<Limited>().Any();
        foreach (var (_, response) in isLimited ? operation.Responses! : [])
        {
            response.AddHeader("RateLimit-Policy", RateLimitPolicy, "\"api\";q=300;w=60");
            response.AddHeader("RateLimit", RateLimit, "\"api\";r=299;t=60");
        }

        return Task.CompletedTask;
    }
}
