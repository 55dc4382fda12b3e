using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.EntityFrameworkCore;
using ProdReady.Application;
using ProdReady.Application.Files;
using ProdReady.Domain;

namespace ProdReady.Api.Errors;

/// <summary>
/// Turns whatever was thrown into a problem. Only what nobody expected is logged as an error, and only here.
/// </summary>
internal sealed partial class ApiExceptionHandler(ILogger<ApiExceptionHandler> logger) : IExceptionHandler
{
    // As the SQL standard numbers it.
    private const string QueryCanceled = "57014";

    private const string WrongType = "Has the wrong type, or a value that is not defined.";

    // How the messages of System.Text.Json begin where it knows which member is wrong, and what to say instead.
    private static readonly (string Beginning, ProblemType Problem, string Message)[] WrongMembers =
    [
        ("The JSON value could not be converted to ", Problems.ValidationFailed, WrongType),
        ("The JSON property ", Problems.MalformedRequest, "There is no such member."),
        ("Duplicate property ", Problems.MalformedRequest, "Must be there once."),
    ];

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken ct)
    {
        await ResultOf(exception, context).ExecuteAsync(context);

        return true;
    }

    private IResult ResultOf(Exception exception, HttpContext context)
    {
        switch (exception)
        {
            case DomainException broken:
                return Problems.Conflict.ToResult(broken.Message);

            case InvalidInputException invalid:
                return Invalid(JsonNamingPolicy.CamelCase.ConvertName(invalid.Property), invalid.Message);

            case PreconditionException { IsMissing: true }:
                return Problems.PreconditionRequired.ToResult();

            case PreconditionException:
                return Problems.PreconditionFailed.ToResult();

            // Two changes at the same moment: the database let the first one pass and refused the second.
            case DbUpdateConcurrencyException when context.Request.Headers.IfMatch.Count > 0:
                return Problems.PreconditionFailed.ToResult();

            case DbUpdateConcurrencyException:
                return Problems.Conflict.ToResult();

            case DuplicateException:
                return Problems.Conflict.ToResult("Something like it is there already.");

            case UnsupportedFileException unsupported:
                return Problems.UnsupportedMediaType.ToResult(unsupported.Message);

            case FileTooLargeException tooLarge:
                return Problems.PayloadTooLarge.ToResult(tooLarge.Message);

            case StorageFullException full:
                return Problems.StorageFull.ToResult(full.Message);

            // Whoever noticed it has logged it.
            case UnavailableException unavailable:
                context.Response.Headers.RetryAfter = "5";

                return Problems.ServiceUnavailable.ToResult(unavailable.Message);

            case BadHttpRequestException bad:
                return ResultOf(bad);

            // The client is gone, and nobody reads the answer.
            case ConnectionResetException:
                return TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);

            case not null when DatabaseFailure.IsTransient(exception):
                logger.LogWarning(exception, "The database could not do it now");
                context.Response.Headers.RetryAfter = "5";

                return Problems.ServiceUnavailable.ToResult();

            // The database itself has given up: by its statement_timeout, or because somebody told it to.
            case not null when DatabaseFailure.ReasonOf(exception) is { SqlState: QueryCanceled }:
                logger.LogWarning(exception, "The database has given up");

                return Problems.GatewayTimeout.ToResult();

            default:
                logger.LogError(exception, "Unhandled exception");

                return Problems.InternalError.ToResult();
        }
    }

    // The messages of these exceptions carry type names and are not for clients; what is wrong is read out of them.
    private static IResult ResultOf(BadHttpRequestException bad)
    {
        if (bad.StatusCode != StatusCodes.Status400BadRequest)
        {
            return Problems.Of(bad.StatusCode).ToResult();
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
