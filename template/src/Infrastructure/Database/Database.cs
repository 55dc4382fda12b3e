using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using ProdReady.Application;
using ProdReady.Infrastructure.Email;

namespace ProdReady.Infrastructure.Database;

internal static class Database
{
    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        var connectionString = builder.Configuration.GetConnectionString("Database");

        builder.Services.AddDbContext<AppDbContext>((services, options) =>
        {
            options.AddInterceptors(services.GetRequiredService<OutboxSignal>());

            //#if (Sqlite)
            if (EmbeddedDatabase.Serves(builder.Environment, builder.Configuration))
            {
                options.UseEmbedded(EmbeddedDatabase.FileOf(builder.Environment));
                return;
            }

            //#endif
            options.UsePostgres(connectionString ?? throw new InvalidOperationException(
                "ConnectionStrings:Database is not set. It is the connection string of the PostgreSQL database."));
        });

        builder.Services.AddScoped<IAppDbContext>(services => services.GetRequiredService<AppDbContext>());

        // The keys behind mailed tokens. In the database they outlive a deployment and serve every instance.
        builder.Services.AddDataProtection().SetApplicationName("app").PersistKeysToDbContext<AppDbContext>();
    }

    public static DbContextOptionsBuilder UsePostgres(this DbContextOptionsBuilder options, string connectionString) =>
        options.UseNpgsql(connectionString).UseSnakeCaseNamingConvention();
}
