using System.Net.Mime;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using ProdReady.Application.Files;

namespace ProdReady.Api.Files;

internal static class FileRoutes
{
    /// <summary>For a route with a <see cref="FileUpload"/>: sets limits of size and time, and documents it.</summary>
    public static RouteHandlerBuilder AcceptsFile(this RouteHandlerBuilder endpoint)
    {
        ((IEndpointConventionBuilder)endpoint).Add(SetLimits);

        return endpoint
            .Accepts<FileUpload>(MediaTypeNames.Multipart.FormData)
            .ProducesProblem(Problems.ValidationFailed, Problems.StorageFull)
            .WithoutSchemas(nameof(FileUpload), nameof(UploadedFile))
            .Describe(operation => operation.RequestBody = Body());
    }

    /// <summary>For a route that returns a <see cref="FileDownload"/>: documents its responses.</summary>
    public static RouteHandlerBuilder ProducesFile(this RouteHandlerBuilder endpoint)
    {
        string[] types = [.. FileKinds.ContentTypes];
        // A slow network takes as long for a file in this direction as in the other.
        ((IEndpointConventionBuilder)endpoint).Add(SetLimits);

        return endpoint
            .Produces<Stream>(StatusCodes.Status200OK, types[0], types[1..])
            .Produces<Stream>(StatusCodes.Status206PartialContent, types[0], types[1..])
            .ProducesETag()
            .AcceptsIfNoneMatch()
            .ProducesProblem(Problems.RangeNotSatisfiable)
            .WithoutSchemas(nameof(Stream), nameof(IFormFile))
            .Describe(operation =>
            {
                operation.AddParameter("Range", "A part of the file; one range.", isRequired: false, "bytes=0-1023");
                foreach (var content in operation.Responses!.Where(response => response.Key is "200" or "206")
                    .SelectMany(response => response.Value.Content!.Values))
                {
                    content.Schema = Binary();
                }
            });
    }

    private static void SetLimits(EndpointBuilder endpoint)
    {
        var uploads = endpoint.ApplicationServices.GetRequiredService<IOptions<UploadsOptions>>().Value;
        var requests = endpoint.ApplicationServices.GetRequiredService<IOptions<RequestsOptions>>().Value;
        endpoint.Metadata.Add(new RequestSizeLimitAttribute(uploads.MaxBytes + FileUpload.MaxFramingBytes));
        // To receive or to send the file; and for an upload to wait for others of the user, and to be stored.
        endpoint.Metadata.Add(new RequestTimeoutPolicy { Timeout = uploads.Timeout + (2 * requests.Timeout) });
    }

    // The framework adds a schema for each type in the metadata. No JSON has these types.
    private static RouteHandlerBuilder WithoutSchemas(this RouteHandlerBuilder endpoint, params string[] names) =>
        endpoint.AddOpenApiOperationTransformer((_, context, _) =>
        {
            foreach (var name in names)
            {
                context.Document?.Components?.Schemas?.Remove(name);
            }

            return Task.CompletedTask;
        });

    private static OpenApiRequestBody Body()
    {
        var form = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Required = new HashSet<string> { FileUpload.PartName },
                Properties = new Dictionary<string, IOpenApiSchema>
                {
                    [FileUpload.PartName] = Binary("Its name, its type, if declared, and its content must agree."),
                },
            },
            Encoding = new Dictionary<string, OpenApiEncoding>
            {
                [FileUpload.PartName] = new() { ContentType = string.Join(", ", FileKinds.ContentTypes) },
            },
        };

        return new()
        {
            Description = "The file, and no other part.",
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType> { [MediaTypeNames.Multipart.FormData] = form },
        };
    }

    private static OpenApiSchema Binary(string? description = null) =>
        new() { Type = JsonSchemaType.String, Format = "binary", Description = description };
}
