using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using ProdReady.Application.Files;

namespace ProdReady.Api.Files;

/// <summary>
/// The file of a signed-in user's request, as a parameter of an endpoint: multipart/form-data with one part,
/// <c>file</c>. It is received and checked while parameters are bound, so before any transaction. The route needs
/// <c>AcceptsFile()</c>.
/// </summary>
internal sealed record FileUpload(UploadedFile File)
{
    public const string PartName = "file";

    /// <summary>Of what surrounds the file: boundaries, and the headers of its part.</summary>
    public const int MaxFramingBytes = 16 * 1024;

    private const int BufferBytes = 32 * 1024;

    public static async ValueTask<FileUpload> BindAsync(HttpContext http)
    {
        var incoming = http.RequestServices.GetRequiredService<IncomingFile>();
        var file = await Receive(http, incoming);
        await incoming.Check(file, http.RequestAborted);
        // Cancelled between its content and its row, a request would leave a content that counts for no quota.
        http.RequestAborted = CancellationToken.None;

        return new FileUpload(file);
    }

    private static async Task<UploadedFile> Receive(HttpContext http, IncomingFile incoming)
    {
        var options = http.RequestServices.GetRequiredService<IOptions<UploadsOptions>>().Value;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        timeout.CancelAfter(options.Timeout);
        try
        {
            return await Receive(http, incoming, timeout.Token);
        }
        catch (BadHttpRequestException refused) when (refused.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // Kestrel refuses a too large Content-Length before it reads the body. Its exception lacks the limit.
            throw new FileTooLargeException(options.MaxBytes);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            throw new BadHttpRequestException("Uploads:Timeout has passed.", StatusCodes.Status408RequestTimeout);
        }
    }

    private static async Task<UploadedFile> Receive(HttpContext http, IncomingFile incoming, CancellationToken ct)
    {
        try
        {
            var reader = new MultipartReader(BoundaryOf(http.Request), http.Request.Body, BufferBytes)
            {
                HeadersCountLimit = 8,
                HeadersLengthLimit = MaxFramingBytes / 2,
            };
            var part = await reader.ReadNextSectionAsync(ct) ?? throw NotOneFile();
            if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition)
                || !disposition.IsFileDisposition()
                || HeaderUtilities.RemoveQuotes(disposition.Name) != PartName)
            {
                throw NotOneFile();
            }

            // Without parameters: a charset means nothing for a file.
            var type = MediaTypeHeaderValue.TryParse(part.ContentType, out var parsed)
                ? parsed.MediaType.Value
                : part.ContentType;
            var user = CurrentUser.From(http.User);
            var isRetry = http.Request.Headers.ContainsKey("Idempotency-Key");
            var file = await incoming.Receive(user.Id, NameIn(disposition), type, part.Body, isRetry, ct);

            return await reader.ReadNextSectionAsync(ct) is null ? file : throw NotOneFile();
        }
        catch (Exception exception) when (exception is InvalidDataException
            or IOException and not (BadHttpRequestException or ConnectionResetException))
        {
            throw new BadHttpRequestException("The multipart body cannot be read.", exception);
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
            // Backslashes are not unescaped: in C:\photo.png they separate folders, and DisplayName removes the path.
            : HeaderUtilities.RemoveQuotes(disposition.FileName).Value?.Replace("\\\"", "\"") ?? "";

    private static BadHttpRequestException NotOneFile() =>
        new($"The body must have one part, a file with the name {PartName}.");
}
