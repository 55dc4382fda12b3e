using Microsoft.OpenApi;

namespace ProdReady.Api.OpenApi;

/// <summary>With these a verb on a route describes itself in the OpenAPI document, where the verb is written.</summary>
internal static class Describing
{
    public static T Describe<T>(this T endpoints, Action<OpenApiOperation> describe)
        where T : IEndpointConventionBuilder =>
        endpoints.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            describe(operation);

            return Task.CompletedTask;
        });

    /// <summary>Groups the endpoints in the document, under a description.</summary>
    public static T WithTag<T>(this T endpoints, string name, string description)
        where T : IEndpointConventionBuilder =>
        endpoints.WithTags(name).AddOpenApiOperationTransformer((_, context, _) =>
        {
            context.Document!.Tags!.Single(tag => tag.Name == name).Description = description;

            return Task.CompletedTask;
        });

    /// <summary>The most entries that the list in the response has: its use case stores or takes no more.</summary>
    public static RouteHandlerBuilder ProducesAtMost(this RouteHandlerBuilder endpoint, int max) =>
        endpoint.Describe(operation =>
            ((OpenApiSchema)operation.Responses!["200"].Content!.Values.Single().Schema!).MaxItems = max);

    /// <summary>A header that requests may or must carry.</summary>
    public static void AddParameter(
        this OpenApiOperation operation, string name, string description, bool isRequired, string example) =>
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Header,
            Description = description,
            Required = isRequired,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = example,
        });

    /// <summary>A header that the response carries.</summary>
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
}
