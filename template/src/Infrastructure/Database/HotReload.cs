using System.Reflection.Metadata;

[assembly: MetadataUpdateHandler(typeof(HotReload))]

namespace ProdReady.Infrastructure.Database;

/// <summary>
/// EF Core builds its model once per process. A property that <c>dotnet watch</c> adds to an entity at run time is
/// neither written nor read, without an error; so a warning asks for a restart.
/// </summary>
internal static class HotReload
{
    private static IServiceProvider? services;
    private static string? schema;

    public static void Start(IServiceProvider app)
    {
        schema = SchemaOf(app);
        services = app;
    }

    // The runtime calls this method by its name after each hot reload.
    internal static void UpdateApplication(Type[]? _)
    {
        if (services is not null && SchemaOf(services) != schema)
        {
            services.GetRequiredService<ILogger<AppDbContext>>().LogWarning(
                "The model has changed, and the running app still uses the old one. Restart it (Ctrl+R in dotnet "
                + "watch). docs/development.md describes what happens to the database then");
        }
    }

    // A separate internal service provider, because the cached one holds the old model.
    private static string SchemaOf(IServiceProvider app)
    {
        using var scope = app.CreateScope();
        var options = scope.ServiceProvider.GetRequiredService<DbContextOptions<AppDbContext>>();
        using var db = new AppDbContext(
            new DbContextOptionsBuilder<AppDbContext>(options).EnableServiceProviderCaching(false).Options);

        return db.Database.GenerateCreateScript();
    }
}
