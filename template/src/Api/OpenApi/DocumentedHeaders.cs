using Microsoft.OpenApi;
using ProdReady.Api.Errors;

namespace ProdReady.Api.OpenApi;

/// <summary>Says in the OpenAPI document which headers an endpoint reads and sends.</summary>
internal static class DocumentedHeaders
{
    private const string IfMatch = "The ETag of the version that you have seen.";
    private const string IfNoneMatch = "The ETag of the version that you have, to be spared the same again.";
    private const string Range = "The part of the file that you want; only one at a time.";
    private const string IdempotencyKey =
        "Made up by you for this one request: 1 to 255 visible ASCII characters. Sent again, it gets the same answer.";

    public static RouteHandlerBuilder ProducesETag(this RouteHandlerBuilder endpoint) =>
        endpoint.Describe(operation =>
        {
            foreach (var (_, response) in operation.Responses!.Where(answer => answer.Key[0] is '2' or '3'))
            {
                response.AddHeader("ETag", "Names the version, for If-Match and If-None-Match.", "\"3\"");
            }
        });

    public static RouteHandlerBuilder AcceptsIfNoneMatch(this RouteHandlerBuilder endpoint) =>
        endpoint.Produces(StatusCodes.Status304NotModified)
            .Describe(operation => operation.AddParameter("If-None-Match", IfNoneMatch, isRequired: false));

    public static RouteHandlerBuilder AcceptsRange(this RouteHandlerBuilder endpoint) =>
        endpoint.Describe(operation => operation.AddParameter("Range", Range, isRequired: false, "bytes=0-1023"));

    public static RouteHandlerBuilder AcceptsIfMatch(this RouteHandlerBuilder endpoint) =>
        endpoint.ProducesProblem(Problems.PreconditionFailed)
            .Describe(operation => operation.AddParameter("If-Match", IfMatch, isRequired: false));

    public static RouteHandlerBuilder RequiresIfMatch(this RouteHandlerBuilder endpoint) =>
        endpoint.ProducesProblem(Problems.PreconditionFailed, Problems.PreconditionRequired)
            .Describe(operation => operation.AddParameter("If-Match", IfMatch, isRequired: true));

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

    public static void AddHeader(this IOpenApiResponse response, string name, string description, string example)
    {
        var headers = ((OpenApiResponse)response).Headers ??= new Dictionary<string, IOpenApiHeader>();
        headers[name] = new OpenApiHeader
        {
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = example,
        };
    }

    private static void AddParameter(
        this OpenApiOperation operation, string name, string description, bool isRequired, string example = "\"3\"") =>
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Header,
            Description = description,
            Required = isRequired,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = example,
        });

    private static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder endpoint, Action<OpenApiOperation> describe) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            describe(operation);

            return Task.CompletedTask;
        });
}
