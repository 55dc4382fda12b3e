using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ProdReady.Infrastructure.Database;

/// <summary>Gives each SQLite connection a lower() for all letters, and a shorter wait for a lock.</summary>
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
        // SQLite's own lower() folds A to Z only; PostgreSQL's folds all letters.
        connection.CreateFunction("lower", (string? text) => text?.ToLowerInvariant(), isDeterministic: true);

        // Milliseconds in which SQLite retries a locked database itself, after 1 to 100 ms each time. Without it the
        // driver retries, after 150 ms each time; it still does so afterwards, until the command timeout.
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout = 1000";
        command.ExecuteNonQuery();
    }
}
