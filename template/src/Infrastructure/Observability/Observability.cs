using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ProdReady.Infrastructure.Observability;

internal static class Observability
{
    public static void AddObservability(this WebApplicationBuilder builder)
    {
        builder.AddLogging();
        builder.AddErrorTracking();
        builder.AddMetricsPort();
        builder.AddTelemetry();
    }

    /// <summary>
    /// Exports traces and metrics by OTLP if an endpoint is set, and metrics to Prometheus if there is a port for it.
    /// OpenTelemetry reads the other OTEL_ variables itself.
    /// </summary>
    private static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<TelemetryOptions>(TelemetryOptions.Section);
        builder.Services.AddSingleton<AppMeter>();

        // No third party gets trace ids or the baggage of a client: HttpClient and OpenTelemetry write no headers of a
        // trace. Those of a request are read: the host uses the propagator that is registered.
        DistributedContextPropagator.Current = DistributedContextPropagator.CreateNoOutputPropagator();
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
        builder.Services.AddSingleton(DistributedContextPropagator.CreateW3CPropagator());

        var isExported = !string.IsNullOrEmpty(builder.Configuration[TelemetryOptions.EndpointKey]);
        var isScraped = !string.IsNullOrEmpty(builder.Configuration[MetricsOptions.PortKey]);
        if (!isExported && !isScraped)
        {
            return;
        }

        builder.Services.AddHostedService<DatabaseGauges>();
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(builder.Environment.ApplicationName)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddMeter("Npgsql", "System.Runtime", AppMeter.Name))
            .WithMetrics(metrics => _ = isScraped ? metrics.AddPrometheusExporter() : metrics);
        if (isExported)
        {
            // Milliseconds. A collector that hangs delays the stop of the app by this; the default is ten seconds.
            builder.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"] ??= "2000";

            telemetry.WithTracing(traces => traces
                .AddAspNetCoreInstrumentation(requests => requests.Filter = IsNotProbe)
                .AddHttpClientInstrumentation()
                .AddSource("Npgsql"))
                .UseOtlpExporter();
        }
    }

    private static bool IsNotProbe(HttpContext context) => !context.Request.Path.StartsWithSegments("/health");
}

internal sealed class TelemetryOptions : IValidatableObject
{
    // A variable of OpenTelemetry, which is in no section.
    public const string Section = "";
    public const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The collector for traces and metrics. Empty: none.</summary>
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
