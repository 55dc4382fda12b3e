using Microsoft.EntityFrameworkCore;
using Npgsql;
using ProdReady.Tests.Support;
using static ProdReady.Tests.Platform.Database.SlowDatabase;

namespace ProdReady.Tests.Platform.Database;

public sealed class ConnectionSettingsTests
{
    [PostgresFact]
    public async Task The_server_has_the_timeout_of_requests()
    {
        await using var app = await AppOn(timeout: "00:00:45").Started();

        Assert.Equal("45s", await Show(app, "statement_timeout"));
        Assert.Equal("45s", await Show(app, "idle_in_transaction_session_timeout"));
        Assert.Equal("2s", await Show(app, "lock_timeout"));
    }

    [PostgresFact]
    public async Task Values_in_the_connection_string_win()
    {
        await using var app = await AppOn("Timeout=9;Command Timeout=99;Options=-c lock_timeout=7s -c work_mem=5MB")
            .Started();

        Assert.Equal("7s", await Show(app, "lock_timeout"));
        Assert.Equal("5MB", await Show(app, "work_mem"));
        Assert.Equal("30s", await Show(app, "statement_timeout"));
        var seconds = await app.Query(db => Task.FromResult((
            db.Database.GetDbConnection().ConnectionTimeout,
            new NpgsqlConnectionStringBuilder(db.Database.GetConnectionString()).CommandTimeout)));
        Assert.Equal((9, 99), seconds);
    }

    [PostgresFact]
    public async Task Migrations_may_take_longer_than_requests()
    {
        var database = await TestPostgres.CreateDatabase();
        await using var connection = await Open(database);
        await Execute(connection, """CREATE TABLE "__EFMigrationsHistory" (migration_id text, product_version text)""");
        await using var transaction = await connection.BeginTransactionAsync(Scenarios.Ct);
        await Execute(connection, """LOCK TABLE "__EFMigrationsHistory" """);

        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings:Database"] = database,
            ["Requests:Timeout"] = "00:00:01",
        };
        var migrating = AppProcess.Run(settings, ["migrate"]);
        await Eventual.Happens(async () => await CountWaiting(database) > 0);
        await Task.Delay(TimeSpan.FromSeconds(5), Scenarios.Ct);
        Assert.False(migrating.IsCompleted);
        await transaction.RollbackAsync(Scenarios.Ct);

        var (exitCode, output, _) = await migrating;
        Assert.True(exitCode == 0, string.Join('\n', output));
        await TestPostgres.DropDatabase(database);
    }

    private static Task<string> Show(App app, string setting) => app.Query(db =>
        db.Database.SqlQuery<string>($"SELECT current_setting({setting}) AS \"Value\"").SingleAsync(Scenarios.Ct));
}
