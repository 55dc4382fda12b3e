using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace ProdReady.Api.Edge;

internal static class Health
{
    /// <summary>
    /// Live: the process answers, so there is no reason to restart it. Ready: send it traffic. Both are open to
    /// everybody and say one word.
    /// </summary>
    public static void MapHealth(this WebApplication app)
    {
        Map("/health/live", new HealthCheckOptions { Predicate = _ => false });
        Map("/health/ready", new HealthCheckOptions());

        void Map(string path, HealthCheckOptions options) =>
            app.MapHealthChecks(path, options)
                .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]))
                .DisableHttpMetrics()
                .AllowAnonymous()
                // Answered as soon as routing has found it. Who sends a token along would have it looked up in the
                // database, and Live must not depend on that.
                .ShortCircuit();
    }
}
