using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Serilog.Core;
using Serilog.Events;

namespace ProdReady.Infrastructure.Observability;

/// <summary>
/// Sends what is logged as an error to Sentry, once each: where it happened and the trace id that finds the rest in
/// the log. Nothing of the request goes along, and nothing that looks like a person or a secret.
/// </summary>
internal sealed partial class SentrySink : ILogEventSink, IDisposable
{
    // An app that ends sends what is left, and ends all the same where Sentry does not answer.
    private static readonly TimeSpan LastCall = TimeSpan.FromSeconds(0.5);

    private readonly Lazy<SentryClient?> client;

    public SentrySink(IOptions<SentryOptions> options, IHostEnvironment environment) =>
        client = new Lazy<SentryClient?>(() => Connect(options.Value, environment.EnvironmentName));

    public void Emit(LogEvent logEvent)
    {
        if (logEvent.Level >= LogEventLevel.Error)
        {
            client.Value?.CaptureEvent(EventOf(logEvent));
        }
    }

    public void Dispose()
    {
        if (client.IsValueCreated)
        {
            client.Value?.Dispose();
        }
    }

    private static SentryClient? Connect(SentryOptions options, string environment)
    {
        if (options.Dsn.Length == 0)
        {
            return null;
        }

        var sentry = new Sentry.SentryOptions
        {
            Dsn = options.Dsn,
            Environment = options.Environment.Length > 0 ? options.Environment : environment,
            Release = options.Release.Length > 0 ? options.Release : null,
            SendDefaultPii = false,
            ShutdownTimeout = LastCall,
        };
        sentry.SetBeforeSend(Redact);

        return new SentryClient(sentry);
    }

    private static SentryEvent EventOf(LogEvent logEvent)
    {
        var sentryEvent = new SentryEvent(logEvent.Exception)
        {
            Level = logEvent.Level == LogEventLevel.Fatal ? SentryLevel.Fatal : SentryLevel.Error,
            // The template alone. What is filled in may be somebody's.
            Message = logEvent.MessageTemplate.Text,
            Logger = TextOf(logEvent, Constants.SourceContextPropertyName),
            TransactionName = TextOf(logEvent, "Route"),
        };

        if (logEvent.TraceId is { } traceId)
        {
            sentryEvent.Contexts.Trace.TraceId = SentryId.Parse(traceId.ToHexString());
            sentryEvent.SetTag("traceId", traceId.ToHexString());
        }

        return sentryEvent;
    }

    // Whoever threw the exception may have put into its text what the client sent.
    private static SentryEvent Redact(SentryEvent sentryEvent)
    {
        foreach (var exception in sentryEvent.SentryExceptions ?? [])
        {
            exception.Value = Private().Replace(exception.Value ?? "", "[redacted]");
            exception.Mechanism?.Data.Clear();
        }

        return sentryEvent;
    }

    private static string? TextOf(LogEvent logEvent, string property) =>
        (logEvent.Properties.GetValueOrDefault(property) as ScalarValue)?.Value as string;

    // Addresses of people, queries of addresses, what stands in quotes, passwords, and any word too long for one.
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

internal sealed class SentryOptions : IValidatableObject
{
    public const string Section = "Sentry";

    /// <summary>The address of the project at Sentry, as its settings show it. Empty: errors are only logged.</summary>
    public string Dsn { get; init; } = "";

    /// <summary>Empty: the environment that the app runs in.</summary>
    public string Environment { get; init; } = "";

    /// <summary>Empty: the version of the build.</summary>
    public string Release { get; init; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        var isDsn = Uri.TryCreate(Dsn, UriKind.Absolute, out var dsn)
            && (dsn.Scheme == Uri.UriSchemeHttps || dsn.Scheme == Uri.UriSchemeHttp)
            && dsn.UserInfo.Length > 0
            && dsn.AbsolutePath.Trim('/').Length > 0;
        if (Dsn.Length > 0 && !isDsn)
        {
            yield return new ValidationResult(
                $"{Section}:Dsn must be the DSN of a project at Sentry, such as https://key@sentry.example/1.");
        }
    }
}
