using System.Net.Mime;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using ProdReady.Api.Errors;
using ProdReady.Application;
using ProdReady.Application.Files;

namespace ProdReady.Api.Files;

/// <summary>
/// The file that a request brings, as a parameter of an endpoint: multipart/form-data with one part, <c>file</c>. It is
/// read and checked before the endpoint, and so before any transaction, begins. The route has to say AcceptsFile().
/// </summary>
internal sealed record FileUpload(UploadedFile File)
{
    private const string PartName = "file";

    private const int BufferBytes = 32 * 1024;

    // What stands around the file: boundaries, and the headers of its part.
    private const int MaxFramingBytes = 16 * 1024;

    public static async ValueTask<FileUpload> BindAsync(HttpContext http)
    {
        var uploads = http.RequestServices.GetRequiredService<IUploads>();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var options = http.RequestServices.GetRequiredService<IOptions<UploadsOptions>>().Value;
        timeout.CancelAfter(options.Timeout);
        try
        {
            var file = await Receive(http.Request, uploads, timeout.Token);
            http.Response.OnCompleted(() =>
            {
                uploads.Discard(file);

                return Task.CompletedTask;
            });

            return new FileUpload(file);
        }
        catch (BadHttpRequestException refused) when (refused.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // Kestrel counts too, what is far too long before any of it has come, but does not know the number to tell.
            throw new FileTooLargeException(options.MaxBytes);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The file takes too long.", StatusCodes.Status408RequestTimeout);
        }
    }

    public static void Configure(EndpointBuilder endpoint)
    {
        var uploads = endpoint.ApplicationServices.GetRequiredService<IOptions<UploadsOptions>>().Value;
        var requests = endpoint.ApplicationServices.GetRequiredService<IOptions<RequestsOptions>>().Value;
        endpoint.Metadata.Add(new SizeLimit(uploads.MaxBytes + MaxFramingBytes));
        // To arrive, and then to be kept.
        endpoint.Metadata.Add(new RequestTimeoutPolicy { Timeout = uploads.Timeout + requests.Timeout });
    }

    /// <summary>Says in the OpenAPI document what the body has to be.</summary>
    public static void Describe(OpenApiOperation operation) => operation.RequestBody = new OpenApiRequestBody
    {
        Description = "The file, and nothing else.",
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [MediaTypeNames.Multipart.FormData] = new()
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Required = new HashSet<string> { PartName },
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        [PartName] = new OpenApiSchema
                        {
                            Type = JsonSchemaType.String,
                            Format = "binary",
                            Description = "Its name, its type and its content must agree.",
                        },
                    },
                },
                Encoding = new Dictionary<string, OpenApiEncoding>
                {
                    [PartName] = new() { ContentType = string.Join(", ", FileKinds.ContentTypes) },
                },
            },
        },
    };

    private static async Task<UploadedFile> Receive(HttpRequest request, IUploads uploads, CancellationToken ct)
    {
        var reader = new MultipartReader(BoundaryOf(request), request.Body, BufferBytes)
        {
            HeadersCountLimit = 8,
            HeadersLengthLimit = MaxFramingBytes / 2,
        };
        var part = await Readable(() => reader.ReadNextSectionAsync(ct)) ?? throw NotOneFile();
        if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition)
            || !disposition.IsFileDisposition()
            || HeaderUtilities.RemoveQuotes(disposition.Name) != PartName)
        {
            throw NotOneFile();
        }

        // Parameters such as a charset say nothing about a file.
        var contentType = MediaTypeHeaderValue.TryParse(part.ContentType, out var type) ? type.MediaType.Value : null;
        var file = await uploads.Receive(
            NameIn(disposition),
            contentType,
            piece => Readable(() => part.Body.ReadAsync(piece, ct).AsTask()),
            ct);
        try
        {
            return await Readable(() => reader.ReadNextSectionAsync(ct)) is null ? file : throw NotOneFile();
        }
        catch
        {
            uploads.Discard(file);
            throw;
        }
    }

    private static string BoundaryOf(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= 70 } boundary
            ? boundary.Value!
            : throw new BadHttpRequestException("The boundary is missing, or longer than RFC 2046 allows.");

    private static string NameIn(ContentDispositionHeaderValue disposition) =>
        disposition.FileNameStar is { HasValue: true, Length: > 0 } encoded
            ? encoded.Value!
            : HeaderUtilities.RemoveQuotes(disposition.FileName).Value ?? "";

    // What cannot be taken apart is the mistake of the client. What Kestrel has to say about a body is one of these too.
    private static async Task<T> Readable<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (exception is InvalidDataException
            or IOException and not (BadHttpRequestException or ConnectionResetException))
        {
            throw new BadHttpRequestException("The multipart body cannot be read.", exception);
        }
    }

    private static BadHttpRequestException NotOneFile() =>
        new($"The body must have one part, a file with the name {PartName}.");

    private sealed record SizeLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}

internal static class FileUploads
{
    /// <summary>For routes with a <see cref="FileUpload"/>: lets a body of that size in, and describes it.</summary>
    public static RouteHandlerBuilder AcceptsFile(this RouteHandlerBuilder endpoint)
    {
        ((IEndpointConventionBuilder)endpoint).Add(FileUpload.Configure);

        return endpoint
            .Accepts<FileUpload>(MediaTypeNames.Multipart.FormData)
            .ProducesProblem(Problems.ValidationFailed, Problems.StorageFull)
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                FileUpload.Describe(operation);

                return Task.CompletedTask;
            });
    }
}
