using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;

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
                sqlite => sqlite.ExecutionStrategy(dependencies => new BusyIsPassing(dependencies)))
            .UseSnakeCaseNamingConvention()
            .AddInterceptors(new SqliteConnectionInterceptor());

    public static async Task PrepareEmbeddedDatabase(this WebApplication app)
    {
        if (!Serves(app.Environment, app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value))
        {
            return;
        }

        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var file = FileOf(app.Environment);
        var fingerprint = FingerprintOf(db.Database.GenerateCreateScript());

        if (File.Exists(file) && await ReadFingerprint(db) != fingerprint)
        {
            var aside = SetAside(file);
            app.Logger.LogWarning("The model has changed. The old database is kept as {OldDatabase}", aside);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (await db.Database.EnsureCreatedAsync())
        {
            // Written last: a file whose making was cut short does not carry it, and is set aside at the next start.
            // A pragma takes no parameters; what is put in is a number.
            var remember = $"PRAGMA user_version = {fingerprint}";
            await db.Database.ExecuteSqlRawAsync(remember);
        }
    }

    private static string FileOf(IHostEnvironment environment) => Workspace.PathOf(environment, ".data", "app.db");

    // SQLite keeps one number for the application: user_version.
    private static int FingerprintOf(string createScript) =>
        BinaryPrimitives.ReadInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(createScript)));

    private static async Task<int?> ReadFingerprint(AppDbContext db)
    {
        try
        {
            return await db.Database
                .SqlQuery<int>($"SELECT user_version AS Value FROM pragma_user_version")
                .SingleAsync();
        }
        catch (SqliteException)
        {
            // Not a database, or a damaged one.
            return null;
        }
        finally
        {
            SqliteConnection.ClearAllPools();
        }
    }

    private static string SetAside(string file)
    {
        var aside = $"{file}.{DateTime.UtcNow:yyyy-MM-ddTHH-mm-ss-fff}";

        // What is not yet in the file itself lies in these two beside it.
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            if (File.Exists(file + suffix))
            {
                File.Move(file + suffix, aside + suffix);
            }
        }

        return aside;
    }
}

/// <summary>
/// A database that stays busy is what is left when trying again has not helped: each command has done so by itself.
/// </summary>
internal sealed class BusyIsPassing(ExecutionStrategyDependencies dependencies)
    : ExecutionStrategy(dependencies, maxRetryCount: 0, maxRetryDelay: TimeSpan.Zero)
{
    // https://www.sqlite.org/rescode.html#busy and #locked
    protected override bool ShouldRetryOn(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: 5 or 6 };
}
