using System.Reflection.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ProdReady.Hosting;

internal static class Serving
{
    /// <summary>Runs until the process receives SIGTERM or Ctrl+C.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Serve(this WebApplication app)
    {
        app.LogStartup();
        var started = app.Lifetime.ApplicationStarted;
        try
        {
            await app.RunAsync();

            return 0;
        }
        catch (Exception exception) when (!started.IsCancellationRequested && IsAboutAddress(exception))
        {
            // The log has the details.
            await Console.Error.WriteLineAsync(
                "The app does not start: it cannot listen on the address of ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS. "
                + exception.Message.ReplaceLineEndings(" "));

            return 1;
        }
    }

    // An address that is invalid, in use, forbidden or without a certificate throws four types of exceptions, which
    // code of the app may throw too. The stack trace tells whether Kestrel did.
    private static bool IsAboutAddress(Exception exception) =>
        exception.StackTrace?.Contains(typeof(KestrelServer).FullName!, StringComparison.Ordinal) is true;

    /// <summary>In Development: where the docs are, which database is used, and whether it is ready.</summary>
    private static void LogStartup(this WebApplication app)
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
