using System.Globalization;
using Microsoft.Net.Http.Headers;
using ProdReady.Application;

namespace ProdReady.Api.Requests;

/// <summary>Versions as HTTP writes them (RFC 9110, sections 8.8.3 and 13.1).</summary>
internal static class ETags
{
    public static void SetETag(this HttpResponse response, int version) =>
        response.GetTypedHeaders().ETag = TagOf(version);

    /// <summary>Whether the client has this version already, so that 304 will do.</summary>
    public static bool HasVersion(this HttpRequest request, int version) =>
        Read(request.Headers.IfNoneMatch)?.Any(tag =>
            tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(TagOf(version), useStrongComparison: false)) == true;

    public static IfMatch ReadIfMatch(this HttpRequest request)
    {
        var tags = Read(request.Headers.IfMatch);
        if (tags is null)
        {
            return IfMatch.NotSent;
        }

        // A weak tag says "much the same", which is not good enough to overwrite something.
        return tags.Contains(EntityTagHeaderValue.Any)
            ? IfMatch.Any
            : IfMatch.OneOf([.. tags.Where(tag => !tag.IsWeak).Select(VersionOf)]);
    }

    private static IList<EntityTagHeaderValue>? Read(IList<string> header)
    {
        if (header.Count == 0)
        {
            return null;
        }

        return EntityTagHeaderValue.TryParseStrictList(header, out var tags)
            ? tags
            : throw new BadHttpRequestException("An entity tag cannot be read.");
    }

    private static EntityTagHeaderValue TagOf(int version) => new($"\"{version}\"");

    // A tag that we never gave out stands for no version at all.
    private static int VersionOf(EntityTagHeaderValue tag) =>
        int.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : 0;
}
