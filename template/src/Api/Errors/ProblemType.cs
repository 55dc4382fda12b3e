using System.Diagnostics;
using System.Net.Mime;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Metadata;

namespace ProdReady.Api.Errors;

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

        return new ProblemResponse(Uri, Title, Status, detail ?? Detail, traceId.ToHexString(), Errors: errors);
    }
}

/// <summary>A problem as RFC 9457 wants it: what happened, what to do, and the trace id that finds it.</summary>
/// <param name="Type">Names the kind of problem; what programs decide by.</param>
/// <param name="Title">The kind of problem in words; always the same for a type.</param>
/// <param name="Status">The HTTP status code once more.</param>
/// <param name="Detail">What went wrong this time, or what to do about it; for people to read.</param>
/// <param name="TraceId">Finds the request in the log; name it when you ask for help.</param>
/// <param name="Errors">Only where members or parameters are wrong: what is wrong with each.</param>
/// <example>
/// {
///   "type": "urn:problem-type:validation-failed",
///   "title": "The request is not valid.",
///   "status": 400,
///   "detail": "Mend the members that errors names, and send the request again.",
///   "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
///   "errors": { "email": ["Must be one e-mail address."] }
/// }
/// </example>
internal sealed record ProblemResponse(
    string Type,
    string Title,
    int Status,
    string Detail,
    string TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IDictionary<string, string[]>? Errors = null) : IResult
{
    /// <summary>Only where too many requests came: the limits that were reached.</summary>
    /// <example>["auth"]</example>
    [JsonPropertyName("violated-policies")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? ViolatedPolicies { get; init; }

    public Task ExecuteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;

        return http.Response.WriteAsJsonAsync(this, options: null, MediaTypeNames.Application.ProblemJson);
    }
}
