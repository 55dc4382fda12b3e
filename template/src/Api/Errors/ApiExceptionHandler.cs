using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using ProdReady.Application.Files;

namespace ProdReady.Api.Errors;

/// <summary>Turns every exception into a problem. Only an unexpected one is logged as Error, and only here.</summary>
internal sealed partial class ApiExceptionHandler(ILogger<ApiExceptionHandler> logger) : IExceptionHandler
{
    // The SQLSTATE of the SQL standard.
    private const string QueryCanceled = "57014";

    private const string DatabaseUnavailable =
        "Database temporarily unavailable. Wait for the seconds in Retry-After, and send the request again.";

    private const string WrongType = "Has the wrong type or an undefined value.";

    // The beginnings of the messages of System.Text.Json that belong to one member, and what is sent instead.
    private static readonly (string Beginning, ProblemType Problem, string Message)[] WrongMembers =
    [
        ("The JSON value could not be converted to ", Problems.ValidationFailed, WrongType),
        ("The JSON property ", Problems.MalformedRequest, "Is not a known member."),
        ("Duplicate property ", Problems.MalformedRequest, "Must appear only once."),
    ];

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken ct)
    {
        await ResultOf(exception, context).ExecuteAsync(context);

        return true;
    }

    private IResult ResultOf(Exception exception, HttpContext context) => exception switch
    {
        DomainException => Problems.Conflict.ToResult(exception.Message),
        InvalidInputException invalid =>
            Invalid(JsonNamingPolicy.CamelCase.ConvertName(invalid.Property), invalid.Message),
        PreconditionException { IsMissing: true } => Problems.PreconditionRequired.ToResult(),
        PreconditionException => Problems.PreconditionFailed.ToResult(),
        // Concurrent changes: the first was saved, and the version column refused the second.
        DbUpdateConcurrencyException when context.Request.Headers.IfMatch.Count > 0 =>
            Problems.PreconditionFailed.ToResult(),
        DbUpdateConcurrencyException => Problems.Conflict.ToResult(),
        DuplicateException => Problems.Conflict.ToResult("A resource with the same unique value exists already."),
        UnsupportedFileException => Problems.UnsupportedMediaType.ToResult(exception.Message),
        FileTooLargeException => Problems.PayloadTooLarge.ToResult(exception.Message),
        StorageFullException => Problems.StorageFull.ToResult(exception.Message),
        // Logged where it was thrown.
        UnavailableException => Unavailable(exception.Message, context),
        BadHttpRequestException bad => ResultOf(bad),
        // The client has closed the connection; the status is only logged.
        ConnectionResetException => TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest),
        _ => ResultOfUnexpected(exception, context),
    };

    private ProblemResponse ResultOfUnexpected(Exception exception, HttpContext context)
    {
        if (DatabaseFailure.IsTransient(exception))
        {
            // A refusal is the same for all requests until it is corrected: no stack trace for each.
            var refusal = DatabaseFailure.RefusalOf(exception);
            logger.LogWarning(
                refusal is null ? exception : null,
                "Database temporarily unavailable: {Reason}", refusal ?? exception.Message);

            return Unavailable(DatabaseUnavailable, context);
        }

        // Canceled by the server: by statement_timeout, or by an operator with pg_cancel_backend.
        if (DatabaseFailure.ReasonOf(exception) is { SqlState: QueryCanceled })
        {
            logger.LogWarning(exception, "Database command canceled by the server");

            return Problems.Timeout.ToResult();
        }

        logger.LogError(exception, "Unhandled exception");

        return Problems.InternalError.ToResult();
    }

    private static ProblemResponse Unavailable(string detail, HttpContext context)
    {
        context.Response.Headers.RetryAfter = "5";

        return Problems.ServiceUnavailable.ToResult(detail);
    }

    // Their messages contain CLR names and never reach a client; only the name of the member is taken out of them.
    private static IResult ResultOf(BadHttpRequestException bad)
    {
        if (bad.StatusCode != StatusCodes.Status400BadRequest)
        {
            return Problems.ForStatus(bad.StatusCode).ToResult();
        }

        if (bad.InnerException is JsonException { Path: ['$', '.', .. var member] } json)
        {
            foreach (var (beginning, problem, message) in WrongMembers)
            {
                if (json.Message.StartsWith(beginning, StringComparison.Ordinal))
                {
                    return Invalid(member, message, problem);
                }
            }
        }

        return WrongParameter().Match(bad.Message) is { Success: true } parameter
            ? Invalid(JsonNamingPolicy.CamelCase.ConvertName(parameter.Groups["name"].Value), WrongType)
            : Problems.MalformedRequest.ToResult();
    }

    private static IResult Invalid(string member, string message, ProblemType? problem = null) =>
        (problem ?? Problems.ValidationFailed)
            .ToResult(errors: new Dictionary<string, string[]> { [member] = [message] });

    [GeneratedRegex("^Failed to bind parameter \"\\S+ (?<name>\\w+)\" from ")]
    private static partial Regex WrongParameter();
}
