using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using ProdReady.Api.Errors;
using ProdReady.Api.OpenApi;
using ProdReady.Api.Requests;
using ProdReady.Application.Files;
using ProdReady.Domain;

namespace ProdReady.Api.Files;

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
    public static RouteHandlerBuilder ProducesFile(this RouteHandlerBuilder endpoint)
    {
        string[] types = [.. FileKinds.ContentTypes];

        endpoint
            .Produces<Stream>(StatusCodes.Status200OK, types[0], types[1..])
            .Produces<Stream>(StatusCodes.Status206PartialContent, types[0], types[1..])
            .ProducesETag()
            .AcceptsIfNoneMatch()
            .ProducesProblem(Problems.RangeNotSatisfiable);

        // The framework would call it IFormFile, which is a name of its own.
        return endpoint.Describe(operation =>
        {
            operation.AddParameter("Range", "The part of the file; a single range.", isRequired: false, "bytes=0-1023");
            foreach (var file in operation.Responses!.Where(answer => answer.Key is "200" or "206")
                .SelectMany(answer => answer.Value.Content!.Values))
            {
                file.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
            }
        });
    }
}
