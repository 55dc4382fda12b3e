using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ProdReady.Tests.Support;

/// <summary>
/// Commits without waiting for the disk, since no test survives the loss of power; otherwise a disk that is busy with
/// something else would set the pace of the tests.
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
            // The file is no database, or busy: what the app does about that is for its own commands to show.
        }
    }

    public override Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken ct = default)
    {
        ConnectionOpened(connection, eventData);

        return Task.CompletedTask;
    }
}
