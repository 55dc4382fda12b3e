using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using ProdReady.Application;

namespace ProdReady.Infrastructure.Database;

/// <summary>
/// The SQLite file that a developer works on who has set up nothing. It is made from the model, without migrations,
/// and disposable: after a change of the model a fresh one takes its place.
/// </summary>
internal static class EmbeddedDatabase
{
    /// <summary>Only in Development, and only where no PostgreSQL is configured.</summary>
    public static bool Serves(IHostEnvironment environment, DatabaseOptions options) =>
        environment.IsDevelopment() && options.Database.Length == 0;

    public static DbContextOptionsBuilder UseEmbedded(
        this DbContextOptionsBuilder options, IHostEnvironment environment) =>
        options
            .UseSqlite(
                new SqliteConnectionStringBuilder { DataSource = FileOf(environment) }.ConnectionString,
                sqlite => sqlite.ExecutionStrategy(dependencies => new BusyIsTransient(dependencies)))
            .UseSnakeCaseNamingConvention()
            .AddInterceptors(new SqliteConnectionInterceptor());

    public static void PrepareEmbeddedDatabase(this WebApplication app)
    {
        if (!Serves(app.Environment, app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value))
        {
            return;
        }

        using var scope = app.Services.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var file = FileOf(app.Environment);
        var script = db.Database.GenerateCreateScript();
        var fingerprint = FingerprintOf(script);

        if (File.Exists(file))
        {
            if (ReadFingerprint(file) == fingerprint)
            {
                return;
            }

            var aside = $"{file}.{DateTime.UtcNow:yyyy-MM-ddTHH-mm-ss-fff}";
            app.Logger.LogWarning(
                "The model has changed since {Database} was made. The file is now renamed to {OldDatabase}, and an "
                    + "empty database is made. docs/development.md says how to get the old data back",
                file,
                aside);
            SetAside(file, aside);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        Create(file, script, fingerprint);
    }

    // Without EF Core, which would send each statement as a command of its own. The fingerprint is part of the
    // transaction: a file whose making was cut short does not carry it, and is set aside at the next start.
    private static void Create(string file, string script, int fingerprint)
    {
        using var connection = Open(file);
        using var command = connection.CreateCommand();
        command.CommandText =
            $"PRAGMA journal_mode = wal; BEGIN; {script}; PRAGMA user_version = {fingerprint}; COMMIT;";
        command.ExecuteNonQuery();
    }

    private static string FileOf(IHostEnvironment environment) => Workspace.PathOf(environment, ".data", "app.db");

    // SQLite keeps one number for the application: user_version.
    private static int FingerprintOf(string createScript) =>
        BinaryPrimitives.ReadInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(createScript)));

    private static int? ReadFingerprint(string file)
    {
        try
        {
            using var connection = Open(file);
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version";

            return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
        catch (SqliteException)
        {
            // Not a database, or a damaged one.
            return null;
        }
    }

    // Not pooled: a pooled connection would hold on to the file that is renamed.
    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        connection.Open();

        return connection;
    }

    private static void SetAside(string file, string aside)
    {
        // What is not yet in the file itself lies in these two beside it.
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            if (File.Exists(file + suffix))
            {
                File.Move(file + suffix, aside + suffix);
            }
        }
    }
}

/// <summary>
/// A database that stays busy is what is left when trying again has not helped: each command has done so by itself.
/// </summary>
internal sealed class BusyIsTransient(ExecutionStrategyDependencies dependencies)
    : ExecutionStrategy(dependencies, maxRetryCount: 0, maxRetryDelay: TimeSpan.Zero)
{
    // https://www.sqlite.org/rescode.html#busy and #locked
    protected override bool ShouldRetryOn(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: 5 or 6 };
}
