using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Application;

namespace ProdReady.Infrastructure.Database;

internal static class MigrateCommand
{
    // Any number will do, as long as nothing else in the database locks the same one.
    private const long LockKey = 5_080_000_001;
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Applies the pending migrations and ends. A deployment runs it once before the new version serves; the serving
    /// app has no need to change tables, and no right to.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Migrate(this WebApplication app)
    {
        if (app.HasWrongSettings<DatabaseOptions>())
        {
            return 1;
        }

        var database = app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value;

        //#if (Sqlite)
        if (EmbeddedDatabase.Serves(app.Environment, database))
        {
            app.Logger.LogInformation("The embedded database is made from the model; there is nothing to migrate");

            return 0;
        }

        //#endif
        // Not bounded as requests are: a large table takes its time.
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres(database.Database);
        await using var db = new AppDbContext(options.Options);
        try
        {
            // Where several run at once, one works and the others wait. EF's own lock ends with each single migration.
            // Ours ends with the connection, also where the process is killed.
            await db.Database.OpenConnectionAsync();
            db.Database.SetCommandTimeout(MaxWait);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({LockKey})");

            var pending = (await db.Database.GetPendingMigrationsAsync()).ToList();
            await db.Database.MigrateAsync();
            app.Logger.LogInformation("The database is up to date; pending were {Migrations}", pending);

            return 0;
        }
        catch (Exception exception) when ((exception as DbException ?? exception.InnerException) is DbException reason)
        {
            app.Logger.LogError("The migrations were not applied: {Reason}", reason.Message);

            return 1;
        }
    }
}
