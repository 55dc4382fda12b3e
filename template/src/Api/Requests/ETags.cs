using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace ProdReady.Api.Requests;

/// <summary>Versions as entity tags (RFC 9110, sections 8.8.3 and 13.1).</summary>
internal static partial class ETags
{
    private const string Example = "\"3\"";

    public static RouteHandlerBuilder ProducesETag(this RouteHandlerBuilder endpoint) =>
        endpoint.Describe(operation =>
        {
            foreach (var (_, response) in operation.Responses!.Where(response => response.Key[0] is '2' or '3'))
            {
                response.AddHeader("ETag", "The version, for If-Match and If-None-Match.", Example);
            }
        });

    public static RouteHandlerBuilder AcceptsIfNoneMatch(this RouteHandlerBuilder endpoint) =>
        endpoint.Produces(StatusCodes.Status304NotModified).Describe(operation => operation.AddParameter(
            "If-None-Match", "The ETag of your copy; 304 if it is current.", isRequired: false, Example));

    public static RouteHandlerBuilder AcceptsIfMatch(this RouteHandlerBuilder endpoint) =>
        endpoint.TakesIfMatch(isRequired: false);

    public static RouteHandlerBuilder RequiresIfMatch(this RouteHandlerBuilder endpoint) =>
        endpoint.TakesIfMatch(isRequired: true).ProducesProblem(Problems.PreconditionRequired);

    /// <summary>The tag of content that has no version.</summary>
    public static EntityTagHeaderValue Of(byte[] content) =>
        new($"\"{Convert.ToHexStringLower(SHA256.HashData(content)[..8])}\"");

    public static void SetETag(this HttpResponse response, int version) =>
        response.GetTypedHeaders().ETag = TagOf(version);

    /// <summary>Whether If-None-Match names this version, so that the response is 304.</summary>
    public static bool HasVersion(this HttpRequest request, int version) =>
        Read(request.Headers.IfNoneMatch).Any(tag => IsOf(version, tag));

    /// <summary>200 with the ETag; 404 if the use case has found nothing.</summary>
    public static Results<Ok<T>, NotFound> Found<T>(this HttpResponse response, T? found)
        where T : class, IVersioned
    {
        if (found is null)
        {
            return TypedResults.NotFound();
        }

        response.SetETag(found.Version);

        return TypedResults.Ok(found);
    }

    /// <summary>The same for GET, and 304 if the client has this version.</summary>
    public static Results<Ok<T>, NotFound, StatusCodeHttpResult> FoundOrUnchanged<T>(this HttpContext http, T? found)
        where T : class, IVersioned
    {
        if (found is null)
        {
            return TypedResults.NotFound();
        }

        http.Response.SetETag(found.Version);

        return http.Request.HasVersion(found.Version)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(found);
    }

    public static IfMatch ReadIfMatch(this HttpRequest request)
    {
        var tags = Read(request.Headers.IfMatch);

        return new IfMatch(
            IsSent: request.Headers.IfMatch.Count > 0,
            version => tags.Any(tag => IsOf(version, tag)));
    }

    private static RouteHandlerBuilder TakesIfMatch(this RouteHandlerBuilder endpoint, bool isRequired) =>
        endpoint.ProducesProblem(Problems.PreconditionFailed).Describe(operation => operation.AddParameter(
            "If-Match", "The ETag of the version that you have read.", isRequired, Example));

    private static IList<EntityTagHeaderValue> Read(IList<string> header)
    {
        IList<EntityTagHeaderValue>? tags = [];

        return header.Count == 0 || EntityTagHeaderValue.TryParseStrictList(header, out tags)
            ? tags
            : throw new BadHttpRequestException("The entity tag is malformed.");
    }

    // A proxy that compresses makes W/"3" of "3" (nginx, CDNs), or "3-gzip" (Apache, Caddy). If-Match requires a strong
    // comparison (RFC 9110, section 13.1.1), which would refuse every edit behind one; the version is the same in each.
    private static bool IsOf(int version, EntityTagHeaderValue tag) =>
        tag.Equals(EntityTagHeaderValue.Any)
        || Encoding().Replace(tag.Tag.ToString(), "\"") == TagOf(version).Tag;

    [GeneratedRegex("--?(gzip|br|zstd|deflate)\"$", RegexOptions.CultureInvariant)]
    private static partial Regex Encoding();

    private static EntityTagHeaderValue TagOf(int version) => new($"\"{version}\"");
}
