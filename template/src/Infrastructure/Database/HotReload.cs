using System.Reflection.Metadata;
using Microsoft.EntityFrameworkCore;
using ProdReady.Infrastructure.Database;

[assembly: MetadataUpdateHandler(typeof(HotReload))]

namespace ProdReady.Infrastructure.Database;

/// <summary>
/// EF Core builds its model once for a process. A property that <c>dotnet watch</c> adds to an entity of the running
/// process would be neither stored nor read, without an error; so the log says that a restart is needed.
/// </summary>
internal static class HotReload
{
    private static IServiceProvider? services;
    private static string? schema;

    public static void Start(IServiceProvider app)
    {
        if (MetadataUpdater.IsSupported)
        {
            schema = SchemaOf(app);
            services = app;
        }
    }

    // The runtime calls this method, by its name, after each change.
    internal static void UpdateApplication(Type[]? _)
    {
        if (services is not null && SchemaOf(services) != schema)
        {
            services.GetRequiredService<ILogger<AppDbContext>>().LogWarning(
                "The model has changed, and the running app still works with the old one. Restart it (Ctrl+R in dotnet "
                + "watch). docs/development.md says what happens to the database then");
        }
    }

    // With a service provider of its own, so that the model is built anew and not taken from the cache.
    private static string SchemaOf(IServiceProvider app)
    {
        using var scope = app.CreateScope();
        var options = scope.ServiceProvider.GetRequiredService<DbContextOptions<AppDbContext>>();
        using var db = new AppDbContext(
            new DbContextOptionsBuilder<AppDbContext>(options).EnableServiceProviderCaching(false).Options);

        return db.Database.GenerateCreateScript();
    }
}
