using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace ProdReady.Hosting;

internal static class MigrateCommand
{
    // Any number that no other advisory lock in the database uses.
    private const long LockKey = 5_080_000_001;

    // While ALTER TABLE waits for a running transaction, later statements on its table wait behind it. The app gives up
    // after 2 seconds (Database.cs), so none of them fails. Shorter than deadlock_timeout, 1 second: PostgreSQL never
    // ends a transaction of the app because of a deadlock with this one.
    private const string LockTimeout = "800ms";

    // Default privileges let the app write each new table (deploy/create-roles.sh). This one it only reads: with a row
    // too many, a migration would never be applied.
    private const string ProtectHistory = """
        DO $$ DECLARE writer text; BEGIN
          FOR writer IN SELECT DISTINCT grantee::regrole FROM pg_class, aclexplode(relacl)
            WHERE oid = '"__EFMigrationsHistory"'::regclass AND pg_has_role(relowner, 'USAGE')
              AND grantee NOT IN (relowner, 0) AND privilege_type <> 'SELECT'
          LOOP EXECUTE 'REVOKE INSERT, UPDATE, DELETE ON "__EFMigrationsHistory" FROM ' || writer; END LOOP;
        END $$
        """;

    // Two minutes: longer than every request, short enough for a deployment that waits.
    private const int MaxAttempts = 30;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    // To rewrite or to index a large table takes minutes.
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromHours(1);

    /// <summary>
    /// Applies the pending migrations and ends. A deployment runs it before the new version starts, with a role that
    /// may change the schema; the serving app needs no such right.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Migrate(this WebApplication app)
    {
        if (app.HasInvalidFiles("ConnectionStrings:Database", "ConnectionStrings:Migrations", "Database:")
            || app.HasInvalidSettings<DatabaseOptions>())
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
        // The advisory lock below belongs to a session.
        if (database.Migrations.Length == 0 && app.Services.GetRequiredService<IOptions<PoolerOptions>>().Value.Pooler)
        {
            app.Logger.LogError("With Database:Pooler, ConnectionStrings:Migrations must be set, to the server itself");
            return 1;
        }

        var connection = new NpgsqlConnectionStringBuilder(
            database.Migrations.Length > 0 ? database.Migrations : database.Database);
        connection.Options += $" -c lock_timeout={LockTimeout} -c statement_timeout=0";
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres(connection.ConnectionString);
        options.LogTo(
            (id, _) => id == RelationalEventId.MigrationApplying,
            migration => app.Logger.LogInformation("{Event}", migration.ToString()));
        await using var db = new AppDbContext(options.Options);
        db.Database.SetCommandTimeout(CommandTimeout);
        try
        {
            var applied = await Apply(db, app.Logger);
            app.Logger.LogInformation("The database is up to date; applied migrations: {Migrations}", applied);

            return 0;
        }
        catch (Exception exception)
            when (exception is InvalidOperationException || DatabaseFailure.ReasonOf(exception) is not null)
        {
            var reason = DatabaseFailure.ReasonOf(exception) ?? exception;
            // The Message of a PostgresException has several lines.
            var text = reason is PostgresException refused ? refused.MessageText : reason.Message;
            app.Logger.LogError("The migrations were not applied: {Reason}", text);

            return 1;
        }
    }

    private static async Task<List<string>> Apply(AppDbContext db, ILogger logger)
    {
        // One migrator at a time. EF Core's own lock is released after each single migration, this one with the
        // connection, also when the process is killed. A statement that waited for it would have a snapshot, for whose
        // end CREATE INDEX CONCURRENTLY of the other migrator waits.
        await db.Database.OpenConnectionAsync();
        var server = ((NpgsqlConnection)db.Database.GetDbConnection()).PostgresParameters;
        if (server.GetValueOrDefault("server_encoding", "UTF8") is not "UTF8" and var encoding)
        {
            throw new InvalidOperationException($"The database has the encoding {encoding}, and must have UTF8: "
                + "CREATE DATABASE app ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
        }

        FormattableString tryLock = $"SELECT pg_try_advisory_lock({LockKey}) AS \"Value\"";
        for (var i = 0; !await db.Database.SqlQuery<bool>(tryLock).SingleAsync(); i++)
        {
            logger.Log(i == 0 ? LogLevel.Warning : LogLevel.Debug, "Another migrate is running; waiting for its end");
            await Task.Delay(TimeSpan.FromSeconds(0.5));
        }

        List<string>? pending = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                pending ??= [.. await db.Database.GetPendingMigrationsAsync()];
                if (pending.Count > 0)
                {
                    await db.Database.MigrateAsync();
                }

                await db.Database.ExecuteSqlRawAsync(ProtectHistory);

                return pending;
            }
            catch (Exception exception) when (attempt < MaxAttempts
                && DatabaseFailure.ReasonOf(exception) is { SqlState: PostgresErrorCodes.LockNotAvailable })
            {
                logger.LogWarning("A transaction holds a lock; attempt {Attempt} of {Max}", attempt, MaxAttempts);
                await Task.Delay(Pause);
            }
        }
    }
}
