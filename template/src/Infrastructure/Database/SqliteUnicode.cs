using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ProdReady.Infrastructure.Database;

/// <summary>SQLite's own lower() knows A to Z only; this one knows what PostgreSQL's does.</summary>
internal sealed class SqliteUnicode : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
        Replace(connection);

    public override Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken ct = default)
    {
        Replace(connection);

        return Task.CompletedTask;
    }

    private static void Replace(DbConnection connection) =>
        ((SqliteConnection)connection).CreateFunction(
            "lower", (string? text) => text?.ToLowerInvariant(), isDeterministic: true);
}
