using System.ComponentModel.DataAnnotations;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ProdReady.Application;
using ProdReady.Infrastructure.Email;

namespace ProdReady.Infrastructure.Observability;

internal static class Telemetry
{
    /// <summary>
    /// Traces and metrics over OTLP, where an endpoint is set. The other OTEL_ variables work as OpenTelemetry says.
    /// </summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<TelemetryOptions>(TelemetryOptions.Section);
        builder.Services.AddSingleton<AppMeter>();

        if (string.IsNullOrEmpty(builder.Configuration[TelemetryOptions.EndpointKey]))
        {
            return;
        }

        // Milliseconds. The default, ten seconds, is how long a collector that hangs would hold up the end of the app.
        builder.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"] ??= "2000";

        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(builder.Environment.ApplicationName)
                .AddEnvironmentVariableDetector())
            .WithTracing(traces => traces
                .AddAspNetCoreInstrumentation(requests => requests.Filter = IsNoProbe)
                .AddHttpClientInstrumentation()
                .AddSource("Npgsql")
                .AddLegacySource(EmailSender.ActivityName))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddMeter("Npgsql", "System.Runtime", AppMeter.Name))
            .UseOtlpExporter();
    }

    private static bool IsNoProbe(HttpContext context) => !context.Request.Path.StartsWithSegments("/health");
}

internal sealed class TelemetryOptions : IValidatableObject
{
    // OpenTelemetry's own name for it, which has no section.
    public const string Section = "";
    public const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Where traces and metrics go, by OTLP. Empty: nowhere.</summary>
    [ConfigurationKeyName(EndpointKey)]
    public Uri? Endpoint { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Endpoint is not null
            && !(Endpoint.IsAbsoluteUri && Endpoint.Scheme is "http" or "https"))
        {
            yield return new ValidationResult($"{EndpointKey} must be an address such as http://collector:4317.");
        }
    }
}
