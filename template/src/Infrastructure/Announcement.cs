using Microsoft.EntityFrameworkCore;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure;

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
        });
    }
}
