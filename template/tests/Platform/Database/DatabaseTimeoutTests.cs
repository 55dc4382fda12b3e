using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using ProdReady.Tests.Support;
using Serilog.Events;
using static ProdReady.Tests.Platform.Database.SlowDatabase;

namespace ProdReady.Tests.Platform.Database;

/// <summary>How long a request may use the database, and the response when it takes longer.</summary>
public sealed class DatabaseTimeoutTests
{
    // Seconds: docs/limits.md promises less than ten; the rest is for a machine that runs many tests. After 30 the
    // status would be 504 instead (Requests:Timeout).
    private const int MaxSeconds = 60;

    [PostgresFact]
    public async Task Fifty_slow_requests_on_five_connections_are_answered_in_time_and_later_ones_succeed()
    {
        await using var app = await AppOn("Maximum Pool Size=5").Started();
        using var client = app.CreateClient();
        await client.Get("/probe/sleep?seconds=0");

        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.Get("/probe/sleep?seconds=1")));

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, MaxSeconds);
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
    public async Task A_request_that_times_out_leaves_no_query_running()
    {
        await using var app = await AppOn(timeout: "00:00:02").Started();
        using var client = app.CreateClient();

        var response = await client.Get("/probe/sleep?seconds=70");

        var problem = await response.ShouldBe(HttpStatusCode.GatewayTimeout, "timeout");
        Assert.All(app.Log.Of(problem.Text("traceId")), line => Assert.True(line.Level < LogEventLevel.Error));
        await Eventual.Happens(async () => await CountRunning(app, "pg_sleep(70)") == 0);
    }

    [PostgresFact]
    public async Task A_client_that_disconnects_leaves_no_query_running()
    {
        await using var app = await AppOn("Command Timeout=60", timeout: "00:01:00").Started();
        using var client = app.CreateClient();
        using var disconnect = new CancellationTokenSource();

        var call = client.GetAsync("/probe/sleep?seconds=71", disconnect.Token);
        await Eventual.Happens(async () => await CountRunning(app, "pg_sleep(71)") == 1);
        await disconnect.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventual.Happens(async () => await CountRunning(app, "pg_sleep(71)") == 0);
        await Eventual.Happens(() => app.Log.Lines.Any(
            line => line.RenderMessage().StartsWith("GET /probe/sleep 499")));
        // Lines of requests only: on a busy machine Kestrel logs a warning about its own delays.
        Assert.DoesNotContain(
            app.Log.Lines, line => line.Level >= LogEventLevel.Warning && line.TraceId is not null);
    }

    [PostgresFact]
    public async Task A_request_that_cannot_get_a_lock_is_503_and_is_not_retried()
    {
        await using var app = await AppOn().Started();
        using var client = app.CreateClient();
        await using var connection = await Open(app.ConnectionString);
        await using var transaction = await connection.BeginTransactionAsync(Scenarios.Ct);
        await Execute(connection, "LOCK TABLE users");

        var watch = Stopwatch.StartNew();
        var response = await client.Get("/probe/users");

        var problem = await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.5, MaxSeconds);
        var line = Assert.Single(app.Log.Of(problem.Text("traceId")), line => line.Exception is not null);
        Assert.Contains(PostgresErrorCodes.LockNotAvailable, line.Exception!.ToString());
        Assert.DoesNotContain(nameof(RetryLimitExceededException), line.Exception.ToString());
    }

    [PostgresFact]
    public async Task Signing_in_times_out_as_other_requests_do()
    {
        // So that the request times out first, also on a busy machine.
        await using var app = await AppOn("Command Timeout=60;Options=-c lock_timeout=60s", timeout: "00:00:01")
            .Started();
        using var client = app.CreateClient();
        await using var connection = await Open(app.ConnectionString);
        await using var transaction = await connection.BeginTransactionAsync(Scenarios.Ct);
        await Execute(connection, "LOCK TABLE users");

        var response = await client.LogIn("ada@example.com");

        await response.ShouldBe(HttpStatusCode.GatewayTimeout, "timeout");
        await Eventual.Happens(async () => await CountWaiting(app.ConnectionString) == 0);
    }

    [PostgresFact]
    public async Task A_query_that_the_server_cancels_is_504()
    {
        await using var app = await AppOn("Options=-c statement_timeout=200").Started();
        using var client = app.CreateClient();

        var response = await client.Get("/probe/sleep?seconds=72");

        var problem = await response.ShouldBe(HttpStatusCode.GatewayTimeout, "timeout");
        var line = Assert.Single(app.Log.Of(problem.Text("traceId")), line => line.Exception is not null);
        Assert.Equal(LogEventLevel.Warning, line.Level);
    }

    [PostgresFact]
    public async Task A_command_times_out_after_seconds_although_the_request_may_take_longer()
    {
        await using var app = await AppOn(timeout: "00:10:00").Started();
        using var client = app.CreateClient();
        var watch = Stopwatch.StartNew();

        var response = await client.Get("/probe/sleep?seconds=73");

        await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.InRange(watch.Elapsed.TotalSeconds, 2.5, MaxSeconds);
        await Eventual.Happens(async () => await CountRunning(app, "pg_sleep(73)") == 0);
    }
}
