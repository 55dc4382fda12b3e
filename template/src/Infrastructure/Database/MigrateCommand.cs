using System.Data.Common;
using Microsoft.EntityFrameworkCore;
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

        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();

        //#if (Sqlite)
        if (db.Database.IsSqlite())
        {
            app.Logger.LogInformation("The embedded database is made from the model; there is nothing to migrate");

            return 0;
        }

        //#endif
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
