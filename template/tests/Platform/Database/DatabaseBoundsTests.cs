using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

/// <summary>What a request may take of the database, and what happens where that is not enough.</summary>
public sealed class DatabaseBoundsTests
{
    // What the promises allow, and some more for a machine that is busy. Half a minute is what a request may take, and
    // who is told so late gets another answer (504).
    private const int Soon = 60;

    [PostgresFact]
    public async Task Fifty_slow_requests_on_five_connections_are_answered_soon_and_then_all_is_well()
    {
        await using var app = await Bounded("Maximum Pool Size=5").Started();
        using var client = app.CreateClient();
        await client.Get("/probe/sleep?seconds=0");

        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.Get("/probe/sleep?seconds=1")));

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, Soon);
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
        {
            await refused.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
            Assert.Equal(TimeSpan.FromSeconds(5), refused.Headers.RetryAfter?.Delta);
        }

        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable);
        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Error);
        Assert.Equal(HttpStatusCode.OK, (await client.Get("/probe/sleep?seconds=0")).StatusCode);
    }

    [PostgresFact]
    public async Task A_request_that_is_given_up_leaves_nothing_running()
    {
        await using var app = await Bounded(timeout: "00:00:02").Started();
        using var client = app.CreateClient();

        var response = await client.Get("/probe/sleep?seconds=70");

        var problem = await response.ShouldBe(HttpStatusCode.GatewayTimeout, "timeout");
        Assert.All(app.Log.Of(problem.Text("traceId")), line => Assert.True(line.Level < LogEventLevel.Error));
        await Eventual.Happens(async () => await CountRunning(app, "pg_sleep(70)") == 0);
    }

    [PostgresFact]
    public async Task A_client_that_hangs_up_leaves_nothing_running()
    {
        await using var app = await Bounded("Command Timeout=60", timeout: "00:01:00").Started();
        using var client = app.CreateClient();
        using var impatient = new CancellationTokenSource();

        var call = client.GetAsync("/probe/sleep?seconds=71", impatient.Token);
        await Eventual.Happens(async () => await CountRunning(app, "pg_sleep(71)") == 1);
        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventual.Happens(async () => await CountRunning(app, "pg_sleep(71)") == 0);
        await Eventual.Happens(() => app.Log.Lines.Any(
            line => line.RenderMessage().StartsWith("GET /probe/sleep 499")));
        // Of the request: on a busy machine Kestrel warns of its own slowness.
        Assert.DoesNotContain(
            app.Log.Lines, line => line.Level >= LogEventLevel.Warning && line.TraceId is not null);
    }

    [PostgresFact]
    public async Task Who_waits_for_a_lock_in_vain_is_told_to_come_back_and_is_not_tried_again()
    {
        await using var app = await Bounded().Started();
        using var client = app.CreateClient();
        await using var connection = await Open(app.ConnectionString);
        await using var transaction = await connection.BeginTransactionAsync(Stories.Ct);
        await Execute(connection, "LOCK TABLE users");

        var watch = Stopwatch.StartNew();
        var response = await client.Get("/probe/users");

        var problem = await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.5, Soon);
        var line = Assert.Single(app.Log.Of(problem.Text("traceId")), line => line.Exception is not null);
        Assert.Contains(PostgresErrorCodes.LockNotAvailable, line.Exception!.ToString());
        Assert.DoesNotContain(nameof(RetryLimitExceededException), line.Exception.ToString());
    }

    [PostgresFact]
    public async Task Signing_in_is_given_up_as_everything_else()
    {
        // On a busy machine the time for a command or a lock may be over before the request is given up.
        await using var app = await Bounded("Command Timeout=60;Options=-c lock_timeout=60s", timeout: "00:00:01")
            .Started();
        using var client = app.CreateClient();
        await using var connection = await Open(app.ConnectionString);
        await using var transaction = await connection.BeginTransactionAsync(Stories.Ct);
        await Execute(connection, "LOCK TABLE users");

        var response = await client.LogIn("ada@example.com");

        await response.ShouldBe(HttpStatusCode.GatewayTimeout, "timeout");
        await Eventual.Happens(async () => await CountWaiting(app.ConnectionString) == 0);
    }

    [PostgresFact]
    public async Task What_the_database_itself_gives_up_took_too_long()
    {
        await using var app = await Bounded("Options=-c statement_timeout=200").Started();
        using var client = app.CreateClient();

        var response = await client.Get("/probe/sleep?seconds=72");

        var problem = await response.ShouldBe(HttpStatusCode.GatewayTimeout, "timeout");
        var line = Assert.Single(app.Log.Of(problem.Text("traceId")), line => line.Exception is not null);
        Assert.Equal(LogEventLevel.Warning, line.Level);
    }

    [PostgresFact]
    public async Task A_command_has_seconds_also_where_the_request_has_more()
    {
        await using var app = await Bounded(timeout: "00:10:00").Started();
        using var client = app.CreateClient();
        var watch = Stopwatch.StartNew();

        var response = await client.Get("/probe/sleep?seconds=73");

        await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.InRange(watch.Elapsed.TotalSeconds, 2.5, Soon);
        await Eventual.Happens(async () => await CountRunning(app, "pg_sleep(73)") == 0);
    }

    [PostgresFact]
    public async Task The_database_knows_how_long_a_request_may_take()
    {
        await using var app = await Bounded(timeout: "00:00:45").Started();

        Assert.Equal("45s", await Show(app, "statement_timeout"));
        Assert.Equal("45s", await Show(app, "idle_in_transaction_session_timeout"));
        Assert.Equal("2s", await Show(app, "lock_timeout"));
    }

    [PostgresFact]
    public async Task What_the_connection_string_says_wins()
    {
        await using var app = await Bounded("Timeout=9;Command Timeout=99;Options=-c lock_timeout=7s -c work_mem=5MB")
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
        await using var transaction = await connection.BeginTransactionAsync(Stories.Ct);
        await Execute(connection, """LOCK TABLE "__EFMigrationsHistory" """);

        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings:Database"] = database,
            ["Requests:Timeout"] = "00:00:01",
        };
        var migrating = AppProcess.Run(settings, ["migrate"]);
        await Eventual.Happens(async () => await CountWaiting(database) > 0);
        await Task.Delay(TimeSpan.FromSeconds(5), Stories.Ct);
        Assert.False(migrating.IsCompleted);
        await transaction.RollbackAsync(Stories.Ct);

        var (exitCode, output, _) = await migrating;
        Assert.True(exitCode == 0, string.Join('\n', output));
        await TestPostgres.DropDatabase(database);
    }

    private static App Bounded(string settings = "", string timeout = "00:00:30") => new()
    {
        Routes = Map,
        Reach = database => $"{TestPostgres.Impatient(database)};{settings}",
        ["Requests:Timeout"] = timeout,
    };

    private static void Map(IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/probe").AllowAnonymous();
        probe.MapGet("/sleep", (int seconds, AppDbContext db, CancellationToken ct) =>
        {
            // Written out, for the test to find it among what is running.
            var sleep = $"SELECT pg_sleep({seconds})";

            return db.Database.ExecuteSqlRawAsync(sleep, ct);
        });
        probe.MapGet("/users", (AppDbContext db, CancellationToken ct) => db.Users.CountAsync(ct));
    }

    private static Task<int> CountRunning(App app, string query) => Count(
        app.ConnectionString, $"state = 'active' AND query = 'SELECT {query}'");

    private static Task<int> CountWaiting(string database) => Count(database, "wait_event_type = 'Lock'");

    private static async Task<int> Count(string database, string which)
    {
        await using var connection = await Open(database);
        await using var command = new NpgsqlCommand(
            $"SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND {which}", connection);

        return (int)(await command.ExecuteScalarAsync(Stories.Ct))!;
    }

    private static async Task<NpgsqlConnection> Open(string database)
    {
        var settings = new NpgsqlConnectionStringBuilder(database) { Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Stories.Ct);

        return connection;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Stories.Ct);
    }

    private static Task<string> Show(App app, string setting) => app.Query(db =>
        db.Database.SqlQuery<string>($"SELECT current_setting({setting}) AS \"Value\"").SingleAsync(Stories.Ct));
}
