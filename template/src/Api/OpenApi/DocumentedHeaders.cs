using ProdReady.Api.Errors;

namespace ProdReady.Api.OpenApi;

/// <summary>Says in the OpenAPI document which headers an endpoint reads and sends.</summary>
internal static class DocumentedHeaders
{
    private const string IdempotencyKey =
        "Made up by you for this one request: 1 to 255 visible ASCII characters. Sent again, it gets the same answer.";

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
}
