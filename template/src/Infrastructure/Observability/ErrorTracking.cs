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
        if (settings["Dsn"] is null or "")
        {
            builder.Services.AddSingleton<IHub>(DisabledHub.Instance);

            return;
        }

        builder.WebHost.UseSentry(sentry =>
        {
            // The SDK has bound the section already, and takes an empty setting for a name.
            sentry.Environment = settings["Environment"] is { Length: > 0 } environment
                ? environment
                : builder.Environment.EnvironmentName;
            sentry.Release = settings["Release"] is { Length: > 0 } release ? release : null;
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
