using System.Reflection.Metadata;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Hosting;

internal static class StartupLog
{
    /// <summary>In Development: where the docs are, which database is used, and whether it is ready.</summary>
    public static void LogStartup(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        app.Lifetime.ApplicationStarted.Register(() =>
        {
            using var scope = app.Services.CreateScope();
            var database = scope.ServiceProvider.GetRequiredService<AppDbContext>().Database;

            //#if (Sample)
            app.Logger.LogInformation("Demo: {Url}", app.Urls.First());

            //#endif
            app.Logger.LogInformation(
                "Docs: {Url}/docs, database: {Provider} at {DataSource}",
                app.Urls.First(),
                database.ProviderName!.Split('.')[^1],
                database.GetDbConnection().DataSource);

            // The check logs pending migrations now, before the first request fails.
            var readiness = app.Services.GetRequiredService<DatabaseReadiness>();
            _ = readiness.CheckHealthAsync(new HealthCheckContext(), app.Lifetime.ApplicationStopping);
            if (MetadataUpdater.IsSupported)
            {
                _ = Task.Run(() => HotReload.Start(app.Services));
            }
        });
    }
}
