using System.Buffers.Binary;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ProdReady.Infrastructure.Database;

/// <summary>
/// The SQLite file of a development machine without PostgreSQL. It is created from the model, without migrations, and
/// disposable: after a change of the model a new one replaces it.
/// </summary>
internal static class EmbeddedDatabase
{
    /// <summary>Only in Development, and only where no PostgreSQL is configured.</summary>
    public static bool Serves(IHostEnvironment environment, DatabaseOptions options) =>
        environment.IsDevelopment() && options.Database.Length == 0;

    public static void UseEmbedded(this DbContextOptionsBuilder options, string file) =>
        options
            .UseSqlite(
                new SqliteConnectionStringBuilder { DataSource = file }.ConnectionString,
                sqlite => sqlite.ExecutionStrategy(dependencies => new BusyIsTransient(dependencies)))
            .UseSnakeCaseNamingConvention()
            .AddInterceptors(new SqliteConnectionInterceptor());

    public static string FileOf(IHostEnvironment environment) => Workspace.PathOf(environment, ".data", "app.db");

    public static void PrepareEmbeddedDatabase(this WebApplication app)
    {
        if (!Serves(app.Environment, app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value))
        {
            return;
        }

        using var scope = app.Services.CreateScope();
        var script = scope.ServiceProvider.GetRequiredService<AppDbContext>().Database.GenerateCreateScript();
        var file = FileOf(app.Environment);
        var fingerprint = BinaryPrimitives.ReadInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);

        if (File.Exists(file))
        {
            if (ReadFingerprint(file) == fingerprint)
            {
                return;
            }

            var renamed = $"{file}.{DateTime.UtcNow:yyyy-MM-ddTHH-mm-ss-fff}";
            app.Logger.LogWarning(
                "The model has changed since {Database} was created. The file is now renamed to {OldDatabase}, and an "
                    + "empty database is created. docs/development.md describes how to get the old data back",
                file,
                renamed);
            Rename(file, renamed);
        }

        // One command; EF Core would send one per statement. The fingerprint commits with the tables: after a crash the
        // file has none, and the next start replaces it.
        Execute(
            file,
            $"PRAGMA journal_mode = wal; BEGIN; {script}; PRAGMA user_version = {fingerprint}; COMMIT;",
            command => command.ExecuteNonQuery());
    }

    // SQLite stores one number for the application: user_version.
    private static long? ReadFingerprint(string file)
    {
        try
        {
            return (long?)Execute(file, "PRAGMA user_version", command => command.ExecuteScalar());
        }
        catch (SqliteException)
        {
            // Not a database, or a damaged one.
            return null;
        }
    }

    // Not pooled: a pooled connection would keep the file open while it is renamed.
    private static T Execute<T>(string file, string sql, Func<SqliteCommand, T> execute)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;

        return execute(command);
    }

    // With the write-ahead log, which holds the latest commits, and its index.
    private static void Rename(string file, string renamed)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            if (File.Exists(file + suffix))
            {
                File.Move(file + suffix, renamed + suffix);
            }
        }
    }
}

/// <summary>
/// Reports a locked database as transient, so it becomes a 503. No retries: SQLite and the driver have retried each
/// command already.
/// </summary>
internal sealed class BusyIsTransient(ExecutionStrategyDependencies dependencies)
    : ExecutionStrategy(dependencies, maxRetryCount: 0, maxRetryDelay: TimeSpan.Zero)
{
    // https://www.sqlite.org/rescode.html#busy and #locked
    protected override bool ShouldRetryOn(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: 5 or 6 };
}

/// <summary>Gives each SQLite connection a way to fold all letters, and a shorter wait for a lock.</summary>
internal sealed class SqliteConnectionInterceptor : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
        Prepare((SqliteConnection)connection);

    public override Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken ct = default)
    {
        Prepare((SqliteConnection)connection);

        return Task.CompletedTask;
    }

    private static void Prepare(SqliteConnection connection)
    {
        // SQLite's own lower() knows A to Z only. .NET maps each letter to one, and no Turkish i.
        connection.CreateFunction("folded", (string? text) => text?.Replace('İ', 'i').Replace('ı', 'i')
            .ToLowerInvariant().Replace("ß", "ss").ToUpperInvariant(), isDeterministic: true);

        // Milliseconds in which SQLite retries a locked database itself, after 1 to 100 ms each time. Without it the
        // driver retries, after 150 ms each time; it still does so afterwards, until the command timeout.
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout = 1000";
        command.ExecuteNonQuery();
    }
}

/// <summary>SQLite stores times as text, which EF Core cannot sort or compare; so UTC ticks are stored.</summary>
internal sealed class SqliteTime()
    : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
