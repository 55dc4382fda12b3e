namespace ProdReady.Infrastructure.Observability;

internal static class Observability
{
    public static void AddObservability(this WebApplicationBuilder builder)
    {
        builder.AddLogging();
        builder.AddErrorTracking();
        builder.AddTelemetry();
    }
}
