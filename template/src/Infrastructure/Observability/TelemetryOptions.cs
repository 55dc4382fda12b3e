using System.ComponentModel.DataAnnotations;

namespace ProdReady.Infrastructure.Observability;

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
