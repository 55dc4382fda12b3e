using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ProdReady.Tests.Support;

/// <summary>
/// Commits without waiting for the disk, because no test needs its data after a loss of power. Otherwise a busy disk
/// would slow the tests down.
/// </summary>
internal sealed class SqliteWithoutSync : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        if (connection is not SqliteConnection)
        {
            return;
        }

        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous = OFF";
        try
        {
            command.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // The file is not a database, or locked. The commands of the app will get the same error.
        }
    }

    public override Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken ct = default)
    {
        ConnectionOpened(connection, eventData);

        return Task.CompletedTask;
    }
}
