namespace ProdReady.Hosting;

internal static class MigrateCommand
{
    // Any number that no other advisory lock in the database uses.
    private const long LockKey = 5_080_000_001;

    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Applies the pending migrations and ends. A deployment runs it before the new version starts, with a database
    /// user that may change tables; the serving app needs no such right.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Migrate(this WebApplication app)
    {
        if (app.HasInvalidSettings<DatabaseOptions>())
        {
            return 1;
        }

        var database = app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value;

        //#if (Sqlite)
        if (EmbeddedDatabase.Serves(app.Environment, database))
        {
            app.Logger.LogInformation("The embedded database is created from the model and has no migrations");

            return 0;
        }

        //#endif
        // Without the timeouts of requests: to rewrite a large table takes minutes.
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres(database.Database);
        await using var db = new AppDbContext(options.Options);
        try
        {
            // One migrator at a time; others wait. EF Core's own lock is released after each single migration, this one
            // with the connection, also when the process is killed.
            await db.Database.OpenConnectionAsync();
            db.Database.SetCommandTimeout(CommandTimeout);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({LockKey})");

            var pending = (await db.Database.GetPendingMigrationsAsync()).ToList();
            await db.Database.MigrateAsync();
            app.Logger.LogInformation("The database is up to date; applied migrations: {Migrations}", pending);

            return 0;
        }
        catch (Exception exception) when (DatabaseFailure.ReasonOf(exception) is { } reason)
        {
            app.Logger.LogError("The migrations were not applied: {Reason}", reason.Message);

            return 1;
        }
    }
}
