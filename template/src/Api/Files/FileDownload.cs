using Microsoft.Net.Http.Headers;

namespace ProdReady.Api.Files;

/// <summary>
/// The content of a stored file, with ETag (304) and one Range (206). Its content is untrusted: a browser is told to
/// save it (Content-Disposition), and to run nothing in it (Content-Security-Policy: sandbox).
/// </summary>
internal sealed class FileDownload(StoredFile file, Stream content) : IResult
{
    public async Task ExecuteAsync(HttpContext http)
    {
        var response = http.Response;
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";
        response.Headers.CacheControl = "private, no-cache";

        await TypedResults.Stream(
            content,
            file.ContentType,
            file.FileName,
            file.CreatedAt,
            new EntityTagHeaderValue($"\"{file.Sha256}\""),
            enableRangeProcessing: true).ExecuteAsync(http);

        if (response.StatusCode == StatusCodes.Status416RangeNotSatisfiable)
        {
            // The framework has set it to 0, and the problem has a body.
            response.ContentLength = null;
            await Problems.RangeNotSatisfiable.ToResult().ExecuteAsync(http);
        }
    }
}
