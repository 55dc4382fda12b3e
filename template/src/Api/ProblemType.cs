using System.Diagnostics;
using System.Net.Mime;
using Microsoft.AspNetCore.Http.Metadata;

namespace ProdReady.Api;

/// <summary>
/// One kind of problem. Its title never changes, so that clients and searches can rely on it. As metadata of an
/// endpoint it says in the OpenAPI document that the endpoint can answer so.
/// </summary>
internal sealed record ProblemType(int Status, string Uri, string Title, string Detail) : IProducesResponseTypeMetadata
{
    Type IProducesResponseTypeMetadata.Type => typeof(ProblemResponse);

    int IProducesResponseTypeMetadata.StatusCode => Status;

    IEnumerable<string> IProducesResponseTypeMetadata.ContentTypes => [MediaTypeNames.Application.ProblemJson];

    public ProblemResponse ToResult(string? detail = null, IDictionary<string, string[]>? errors = null)
    {
        var traceId = Activity.Current?.TraceId ?? ActivityTraceId.CreateRandom();

        return new ProblemResponse(Uri, Title, Status, detail ?? Detail, traceId.ToHexString(), errors);
    }
}
