using Microsoft.Net.Http.Headers;
using ProdReady.Application.Files;
using ProdReady.Domain;

namespace ProdReady.Api;

/// <summary>
/// A file that some user has sent, for a download: with ranges (one at a time), and 304 for who has it already. Nobody
/// knows what is in it after all, so a browser is told to save it, and should it show it, to run nothing in it.
/// </summary>
internal sealed class Download(StoredFile file, Stream content) : IResult
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

        // The framework announces a file of no length then.
        if (response.StatusCode == StatusCodes.Status416RangeNotSatisfiable)
        {
            response.ContentLength = null;
            await Problems.RangeNotSatisfiable.ToResult().ExecuteAsync(http);
        }
    }
}

internal static class Downloads
{
    /// <summary>For routes with a <see cref="Download"/>: says in the OpenAPI document what they can answer.</summary>
    public static RouteHandlerBuilder SendsFile(this RouteHandlerBuilder endpoint)
    {
        string[] types = [.. FileKinds.ContentTypes];

        return endpoint
            .Produces<Stream>(StatusCodes.Status200OK, types[0], types[1..])
            .Produces<Stream>(StatusCodes.Status206PartialContent, types[0], types[1..])
            .AnswersETag()
            .TakesIfNoneMatch()
            .TakesRange()
            .CanAnswer(Problems.RangeNotSatisfiable);
    }
}
