using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Infrastructure.RateLimiting;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.RateLimiting;

/// <summary>Limits of several instances that share a Redis, also while it is unavailable.</summary>
public sealed class SharedLimitTests : IAsyncLifetime
{
    private const int Limit = 20;
    private const int Calls = 200;

    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [RedisFact]
    public async Task Two_instances_allow_a_user_as_many_calls_as_one()
    {
        await using var redis = await TestRedis.Started();
        await using var app = await Limited("Api", redis.ConnectionStringWithoutTimeout).Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);

        var answers = await InParallel(i => (i % 2 == 0 ? session.Client : elsewhere).GetAccount());

        Assert.Equal(Limit, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(Calls - Limit, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
    }

    [Theory]
    [InlineData("redis:6379,ssl=true", false)]
    [InlineData("redis:6379,ssl=true,checkCertificateRevocation=true", true)]
    public void Revocation_is_checked_only_where_the_connection_string_says_so(string redis, bool isChecked) =>
        Assert.Equal(isChecked, new RedisOptions { Redis = redis }.Configuration()!.CheckCertificateRevocation);

    [RedisFact]
    public async Task Two_instances_count_the_KiB_of_a_user_together()
    {
        await using var redis = await TestRedis.Started();
        var first = Limits.App("Writes", 10);
        first["ConnectionStrings:Redis"] = redis.ConnectionStringWithoutTimeout;
        await using var app = await first.Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);

        Assert.Equal(7, (await session.Client.Write(bytes: 3_000)).Left("writes"));
        Assert.Equal(4, (await elsewhere.Write(bytes: 3_000, isChunked: true)).Left("writes"));
        Assert.Equal(0, (await session.Client.Write(bytes: 9_000)).Left("writes"));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await elsewhere.Write(bytes: 2)).StatusCode);
    }

    [RedisFact]
    public async Task Two_instances_allow_a_session_as_many_refreshes_as_one()
    {
        await using var redis = await TestRedis.Started();
        await using var app = await Limited("Refresh", redis.ConnectionStringWithoutTimeout).Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);

        var answers = await InParallel(
            i => (i % 2 == 0 ? session.Client : elsewhere).Refresh(session.RefreshToken));

        Assert.Equal(Limit, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(Calls - Limit, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
    }

    [RedisFact]
    public async Task Strict_limits_are_counted_in_Redis_and_not_in_the_database()
    {
        await using var redis = await TestRedis.Started();
        await using var app = await Limited("Auth", redis.ConnectionStringWithoutTimeout).Started();
        await using var other = await app.Another();
        using var client = app.CreateClient();
        using var elsewhere = other.CreateClient();

        var answers = await InParallel(i => (i % 2 == 0 ? client : elsewhere).AskForMail());

        Assert.Equal(Limit, answers.Count(answer => answer.StatusCode == HttpStatusCode.Accepted));
        Assert.Equal(0, await app.Query(db =>
            db.Set<RateCounter>().CountAsync(counter => counter.Key.StartsWith("auth "), Scenarios.Ct)));
        Assert.NotEqual(0, await app.Query(db =>
            db.Set<RateCounter>().CountAsync(counter => counter.Key.StartsWith("mail "), Scenarios.Ct)));
    }

    [RedisFact]
    public async Task When_Redis_stops_each_instance_counts_for_itself_until_it_is_back_and_logs_each_once()
    {
        await using var redis = await TestRedis.Started();
        await using var app = await Limited("Api", redis.ConnectionStringWithoutTimeout).Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);
        await session.Client.GetAccount();

        await redis.Stop();
        for (var left = Limit - 2; left >= Limit - 5; left--)
        {
            Assert.Equal(left, (await session.Client.GetAccount()).Left());
        }

        Assert.Equal(LogEventLevel.Warning, Assert.Single(RedisLines(app)).Level);

        await redis.Start();
        await Eventual.Happens(() => AreCountingTogether(app, other));

        // Redis has lost its counts; this instance has its own.
        Assert.Equal(Limit - 6, (await session.Client.GetAccount()).Left());
        Assert.Equal(Limit - 2, (await elsewhere.GetAccount()).Left());
        Assert.Equal(2, RedisLines(app).Count());
    }

    [RedisFact]
    public async Task When_Redis_hangs_one_call_probes_it_and_the_others_do_not_wait()
    {
        await using var redis = await TestRedis.Started();
        await using var app = await new App
        {
            ["ConnectionStrings:Redis"] = $"{redis.ConnectionString},asyncTimeout=10000",
        }.Started();
        using var client = await app.SignedInClient();
        await redis.Hang();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => client.GetAccount()));

        var times = await Task.WhenAll(Enumerable.Range(0, Calls).Select(async _ =>
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal(HttpStatusCode.OK, (await client.GetAccount()).StatusCode);

            return watch.Elapsed;
        }));

        Assert.InRange(times.Count(time => time > TimeSpan.FromSeconds(10)), 0, Calls / 2);
        Assert.Equal(LogEventLevel.Warning, Assert.Single(RedisLines(app)).Level);
    }

    [RedisFact]
    public async Task An_app_that_started_without_Redis_uses_it_once_it_is_there()
    {
        await using var redis = TestRedis.Stopped();
        await using var app = await Limited("Api", redis.ConnectionStringWithoutTimeout).Started();
        await using var other = await app.Another();
        using var client = app.CreateClient();

        Assert.Equal(Limit - 1, (await client.GetAccount()).Left());
        Assert.Equal(LogEventLevel.Warning, Assert.Single(RedisLines(app)).Level);

        await redis.Start();

        await Eventual.Happens(() => AreCountingTogether(app, other));
    }

    [Fact]
    public async Task Without_Redis_strict_limits_are_counted_in_the_database()
    {
        await using var app = await Limited("Auth", "127.0.0.1:1").Started();
        await using var other = await app.Another();
        using var client = app.CreateClient();
        using var elsewhere = other.CreateClient();

        var answers = await InParallel(i => (i % 2 == 0 ? client : elsewhere).AskForMail());

        Assert.Equal(Limit, answers.Count(answer => answer.StatusCode == HttpStatusCode.Accepted));
    }

    private static App Limited(string policy, string redis)
    {
        var app = Limits.App(policy, Limit);
        app["ConnectionStrings:Redis"] = redis;

        return app;
    }

    private static Task<HttpResponseMessage[]> InParallel(Func<int, Task<HttpResponseMessage>> call) =>
        Task.WhenAll(Enumerable.Range(0, Calls).Select(call));

    private static async Task<bool> AreCountingTogether(App app, App other)
    {
        var address = $"10.{Random.Shared.Next(256)}.{Random.Shared.Next(256)}.{Random.Shared.Next(256)}";
        using var client = app.ClientAt(address);
        using var onOther = other.ClientAt(address);

        return (await client.GetAccount()).Left() == Limit - 1
            && (await onOther.GetAccount()).Left() == Limit - 2;
    }

    private static IEnumerable<LogEvent> RedisLines(App app) =>
        app.Log.Lines.Where(line => line.MessageTemplate.Text.StartsWith("Redis"));
}
