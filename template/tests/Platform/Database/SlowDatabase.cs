using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Database;

/// <summary>Queries that take long and locks that are held, on PostgreSQL.</summary>
internal static class SlowDatabase
{
    /// <summary>The app with its own timeouts, not the long ones of the tests.</summary>
    /// <param name="settings">More of the connection string.</param>
    public static App AppOn(string settings = "", string timeout = "00:00:30") => new()
    {
        Routes = Map,
        Reach = database => $"{TestPostgres.WithoutTimeouts(database)};{settings}",
        ["Requests:Timeout"] = timeout,
    };

    private static void Map(IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/probe").AllowAnonymous();
        probe.MapGet("/sleep", (int seconds, AppDbContext db, CancellationToken ct) =>
        {
            // Without a parameter, so that pg_stat_activity shows the number.
            var sleep = $"SELECT pg_sleep({seconds})";

            return db.Database.ExecuteSqlRawAsync(sleep, ct);
        });
        probe.MapGet("/users", (AppDbContext db, CancellationToken ct) => db.Users.CountAsync(ct));
    }

    public static Task<int> CountRunning(App app, string query) => Count(
        app.ConnectionString, $"state = 'active' AND query = 'SELECT {query}'");

    public static Task<int> CountWaiting(string database) => Count(database, "wait_event_type = 'Lock'");

    /// <param name="which">A condition on pg_stat_activity.</param>
    public static async Task<int> Count(string database, string which)
    {
        await using var connection = await Open(database);
        await using var command = new NpgsqlCommand(
            $"SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND {which}", connection);

        return (int)(await command.ExecuteScalarAsync(Scenarios.Ct))!;
    }

    public static async Task<NpgsqlConnection> Open(string database)
    {
        var settings = new NpgsqlConnectionStringBuilder(database) { Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Scenarios.Ct);

        return connection;
    }

    public static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Scenarios.Ct);
    }
}
