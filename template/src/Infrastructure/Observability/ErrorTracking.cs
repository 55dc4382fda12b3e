using System.ComponentModel.DataAnnotations;
using ProdReady.Application;
using Sentry.Extensibility;

namespace ProdReady.Infrastructure.Observability;

internal static class ErrorTracking
{
    // Events that are queued when the app stops may be sent for this long. A Sentry that hangs delays the stop by it.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(0.5);

    /// <summary>Sends one event to Sentry for each 500 and each failed job. Without a DSN the SDK does not start.</summary>
    public static void AddErrorTracking(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<ErrorTrackingOptions>(ErrorTrackingOptions.Section);
        var settings = builder.Configuration.GetSection(ErrorTrackingOptions.Section);
        if (string.IsNullOrEmpty(settings[nameof(ErrorTrackingOptions.Dsn)]))
        {
            builder.Services.AddSingleton<IHub>(DisabledHub.Instance);

            return;
        }

        builder.WebHost.UseSentry(sentry =>
        {
            // An empty setting is not a missing one: the SDK would take it as the name.
            sentry.Environment = NullIfEmpty(settings[nameof(ErrorTrackingOptions.Environment)])
                ?? builder.Environment.EnvironmentName;
            sentry.Release = NullIfEmpty(settings[nameof(ErrorTrackingOptions.Release)]);
            sentry.ShutdownTimeout = ShutdownTimeout;

            // The handler of HttpClientFactory adds sentry-trace and baggage to calls to third parties, and makes an
            // event of each of their 5xx answers.
            sentry.DisableSentryHttpMessageHandler = true;
            sentry.TracePropagationTargets = [];

            // What is left makes events or traffic of its own, or carries personal data. OpenTelemetry does the tracing.
            sentry.AutoRegisterTracing = false;
            sentry.AutoSessionTracking = false;
            sentry.DisableUnobservedTaskExceptionCapture();
            sentry.MaxBreadcrumbs = 0;
            sentry.SendDefaultPii = false;

            // Not an ISentryEventProcessor, which runs only within requests and before those of the SDK.
            sentry.SetBeforeSend(ErrorEvents.Process);
        });
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
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
