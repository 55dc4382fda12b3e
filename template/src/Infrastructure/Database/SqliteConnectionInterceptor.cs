using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ProdReady.Infrastructure.Database;

/// <summary>What each connection to the embedded database lacks by itself.</summary>
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
        // SQLite's own lower() knows A to Z only; this one folds what PostgreSQL's does.
        connection.CreateFunction("lower", (string? text) => text?.ToLowerInvariant(), isDeterministic: true);

        // Where another connection is writing, the driver by itself sleeps 150 ms and tries again; SQLite looks again
        // after one to a hundred. Milliseconds; afterwards the driver goes on as before.
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout = 1000";
        command.ExecuteNonQuery();
    }
}
