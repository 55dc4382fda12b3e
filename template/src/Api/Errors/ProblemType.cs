using System.Diagnostics;
using System.Net.Mime;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Metadata;

namespace ProdReady.Api.Errors;

/// <summary>A problem type of RFC 9457. As metadata, it lists this response in the OpenAPI document.</summary>
internal sealed record ProblemType(int Status, string Uri, string Title, string Detail) : IProducesResponseTypeMetadata
{
    Type IProducesResponseTypeMetadata.Type => typeof(ProblemResponse);

    int IProducesResponseTypeMetadata.StatusCode => Status;

    IEnumerable<string> IProducesResponseTypeMetadata.ContentTypes => [MediaTypeNames.Application.ProblemJson];

    public ProblemResponse ToResult(string? detail = null, IDictionary<string, string[]>? errors = null)
    {
        var traceId = Activity.Current?.TraceId ?? ActivityTraceId.CreateRandom();
        var (bounded, note) = errors is null ? default : BoundedErrors.Of(errors);

        return new ProblemResponse(Uri, Title, Status, (detail ?? Detail) + note, traceId.ToHexString(), bounded);
    }
}

/// <summary>An error (RFC 9457): what happened, what to do about it, and the trace id of the request.</summary>
/// <param name="Type">Identifies the problem type; programs decide by it.</param>
/// <param name="Title">A short summary, the same for every problem of the type.</param>
/// <param name="Status">The HTTP status code, repeated.</param>
/// <param name="Detail">What went wrong in this request, or what to do about it; for people to read.</param>
/// <param name="TraceId">Finds the request in the log; include it when you ask for help.</param>
/// <param name="Errors">Only if members or parameters are wrong: what is wrong with each of them.</param>
/// <example>
/// {
///   "type": "urn:problem-type:validation-failed",
///   "title": "The request is not valid.",
///   "status": 400,
///   "detail": "Correct the members that errors names, and send the request again.",
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
    /// <summary>Only if a rate limit was exceeded: the names of the limits.</summary>
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
