using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace ProdReady.Api.Edge;

internal static class Health
{
    /// <summary>Live: the process responds, so do not restart it. Ready: send traffic. One word, anonymous.</summary>
    public static void MapHealth(this WebApplication app)
    {
        Map("/health/live", new HealthCheckOptions { Predicate = _ => false });
        Map("/health/ready", new HealthCheckOptions());

        void Map(string path, HealthCheckOptions options) =>
            app.MapHealthChecks(path, options)
                .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]))
                .DisableHttpMetrics()
                .AllowAnonymous()
                // Skips the rest of the pipeline: UseAuthentication would look up the session of an access token in
                // the database, and Live must not depend on it.
                .ShortCircuit();
    }
}
