using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;

namespace ProdReady.Infrastructure.Observability;

/// <summary>
/// Keeps two promises about what Sentry gets: an event only where the answer was a 500 or a job failed, and in it where
/// the error happened and the trace id that finds its log lines, but nothing of the request or of a person.
/// </summary>
internal static partial class ErrorEvents
{
    // Holds no state: the request is in an AsyncLocal.
    private static readonly HttpContextAccessor Accessor = new();

    public static SentryEvent? Process(SentryEvent sentryEvent)
    {
        if (Accessor.HttpContext is { } context)
        {
            // Sentry's middleware captures each exception that was handled, also those that became a 400 or a 409.
            if (context.Features.Get<IExceptionHandlerFeature>() is not null
                && context.Response.StatusCode != StatusCodes.Status500InternalServerError)
            {
                return null;
            }

            sentryEvent.TransactionName = RequestEnricher.RouteOf(context);
        }

        if (Activity.Current?.TraceId is { } traceId)
        {
            sentryEvent.Contexts.Trace.TraceId = SentryId.Parse(traceId.ToHexString());
            sentryEvent.SetTag("traceId", traceId.ToHexString());
        }

        // Request has the address, the query, headers and cookies; a developer's machine often has a person's name.
        sentryEvent.Request = new SentryRequest();
        sentryEvent.ServerName = null;
        sentryEvent.User = new SentryUser();
        foreach (var exception in sentryEvent.SentryExceptions ?? [])
        {
            // The text of an exception may quote what the client sent, and Exception.Data may hold it.
            exception.Value = Private().Replace(exception.Value ?? "", "[redacted]");
            exception.Mechanism?.Data.Clear();
        }

        return sentryEvent;
    }

    // E-mail addresses, queries, quoted text, passwords, and any word of 40 characters or more.
    [GeneratedRegex("""
        [^\s@"']+@[^\s@"']+
        | \?\S+
        | "[^"]*"
        | '[^']*'
        | (?i:password|secret|token)\s*[=:]\s*\S+
        | [\w+/=.-]{40,}
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Private();
}
