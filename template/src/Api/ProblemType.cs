using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ProdReady.Api;

/// <summary>One kind of problem. Its title never changes, so that clients and searches can rely on it.</summary>
internal sealed record ProblemType(int Status, string Uri, string Title, string Detail)
{
    /// <summary>
    /// A problem as RFC 9457 wants it: what happened, what to do, and the trace id that finds it in the log.
    /// </summary>
    public ProblemHttpResult ToResult(string? detail = null, IDictionary<string, string[]>? errors = null)
    {
        var problem = new ProblemDetails { Type = Uri, Title = Title, Status = Status, Detail = detail ?? Detail };
        var traceId = Activity.Current?.TraceId ?? ActivityTraceId.CreateRandom();
        problem.Extensions["traceId"] = traceId.ToHexString();
        if (errors is not null)
        {
            problem.Extensions["errors"] = errors;
        }

        return TypedResults.Problem(problem);
    }
}
