using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Hosting;

internal static class Announcement
{
    /// <summary>One line for whoever starts the app: where the docs are, and which database serves it.</summary>
    public static void AnnounceDocs(this WebApplication app)
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

            // Logs what is missing, pending migrations say, before the first request finds out.
            var readiness = app.Services.GetRequiredService<DatabaseReadiness>();
            _ = readiness.CheckHealthAsync(new HealthCheckContext(), app.Lifetime.ApplicationStopping);
            _ = Task.Run(() => HotReload.Start(app.Services));
        });
    }
}
