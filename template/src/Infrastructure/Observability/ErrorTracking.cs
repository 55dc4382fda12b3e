using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Sentry.Extensibility;

namespace ProdReady.Infrastructure.Observability;

internal static class ErrorTracking
{
    // Events that are queued when the app stops may be sent for this long. A Sentry that hangs delays the stop by it.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(0.5);

    /// <summary>One event in Sentry for each 500 and each failed job. Without a DSN the SDK does not start.</summary>
    public static void AddErrorTracking(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<ErrorTrackingOptions>(ErrorTrackingOptions.Section);
        var settings = builder.Configuration.GetSection(ErrorTrackingOptions.Section);
        // The second is the variable that the documentation of Sentry names.
        settings["Dsn"] = NotEmpty(settings["Dsn"]) ?? builder.Configuration["SENTRY_DSN"] ?? "";
        if (settings["Dsn"] is "")
        {
            builder.Services.AddSingleton<IHub>(DisabledHub.Instance);

            return;
        }

        builder.WebHost.UseSentry(sentry =>
        {
            // The SDK has bound the section already, and takes an empty setting for a name.
            sentry.Environment = NotEmpty(settings["Environment"]) ?? builder.Environment.EnvironmentName;
            sentry.Release = NotEmpty(settings["Release"]);
            sentry.ShutdownTimeout = ShutdownTimeout;

            // The handler of HttpClientFactory adds sentry-trace and baggage to calls to third parties, and makes an
            // event of each of their 5xx answers.
            sentry.DisableSentryHttpMessageHandler = true;
            sentry.TracePropagationTargets = [];

            // Off: what makes other events or traffic, or carries personal data. OpenTelemetry does the tracing.
            sentry.AutoRegisterTracing = false;
            sentry.AutoSessionTracking = false;
            sentry.DisableUnobservedTaskExceptionCapture();
            sentry.MaxBreadcrumbs = 0;
            sentry.SendDefaultPii = false;

            // Not an ISentryEventProcessor, which runs only within requests and before those of the SDK.
            sentry.SetBeforeSend(ErrorEvents.Process);
        });
    }

    private static string? NotEmpty(string? setting) => setting is { Length: > 0 } ? setting : null;
}

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

internal sealed class ErrorTrackingOptions : IValidatableObject
{
    public const string Section = "Sentry";

    /// <summary>The DSN of the project at Sentry, as its settings show it. Empty: errors are only logged.</summary>
    public string Dsn { get; init; } = "";

    /// <summary>Empty: the environment that the app runs in.</summary>
    public string Environment { get; init; } = "";

    /// <summary>Empty: the name and the version of the build.</summary>
    public string Release { get; init; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        var isDsn = Uri.TryCreate(Dsn, UriKind.Absolute, out var dsn)
            && dsn is { Scheme: "https" or "http", UserInfo.Length: > 0, AbsolutePath.Length: > 1 };
        if (Dsn.Length > 0 && !isDsn)
        {
            yield return new ValidationResult(
                $"{Section}:Dsn must be the DSN of a project at Sentry, such as https://key@sentry.example/1.");
        }
    }
}
