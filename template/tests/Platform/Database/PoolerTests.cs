using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Database;

/// <summary>The guarantees hold on two instances whose server is a pooler in transaction mode.</summary>
public sealed class PoolerTests(PoolerTests.TwoInstances apps) : IClassFixture<PoolerTests.TwoInstances>
{
    [PoolerFact]
    public async Task Without_the_setting_the_pooler_refuses_the_app_and_the_log_says_why()
    {
        await using var unset = await apps.First.Another(app => app["Database:Pooler"] = "false");
        using var client = unset.CreateClient();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.Get("/health/ready")).StatusCode);

        Assert.Contains(
            unset.Log.Lines, line => line.RenderMessage().Contains("unsupported startup parameter: options"));
    }

    [PoolerFact]
    public async Task The_timeouts_of_the_role_apply()
    {
        using var client = apps.First.CreateClient();

        Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/ready")).StatusCode);
        Assert.Equal("7s", await Show("lock_timeout"));
        Assert.Equal("41s", await Show("statement_timeout"));
    }

    [PoolerFact]
    public async Task The_timeout_of_one_query_holds_for_no_other()
    {
        var timed = Enumerable.Range(0, 20).Select(_ => apps.First.Query(db => db.WithStatementTimeout(
            TimeSpan.FromSeconds(1), () => CurrentSetting(db, "statement_timeout"), Scenarios.Ct)));
        var others = Enumerable.Range(0, 20).Select(_ => Show("statement_timeout"));

        Assert.All(await Task.WhenAll(timed), timeout => Assert.Equal("1s", timeout));
        Assert.All(await Task.WhenAll(others), timeout => Assert.Equal("41s", timeout));
        Assert.Equal("41s", await Show("statement_timeout"));
    }

    [PoolerFact]
    public async Task A_query_that_is_cancelled_stops_on_the_server()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<Exception>(() => apps.First.Query(
            db => db.Database.ExecuteSqlRawAsync("SELECT pg_sleep(74)", cancel.Token)));

        await Eventual.Happens(async () =>
            await SlowDatabase.Count(apps.Database, "state = 'active' AND query LIKE '%sleep(74)'") == 0);
    }

    [PoolerFact]
    public async Task Fifty_concurrent_requests_with_one_key_are_executed_once()
    {
        using var session = await apps.First.SignedIn(await apps.First.ConfirmedUser());
        using var elsewhere = session.On(apps.Second);

        for (var round = 0; round < 3; round++)
        {
            await apps.First.CreateSampleOnce(session.Client, elsewhere);
        }
    }

    [PoolerFact]
    public async Task Twenty_concurrent_refreshes_get_one_successor()
    {
        using var session = await apps.First.SignedIn(await apps.First.ConfirmedUser());
        using var elsewhere = session.On(apps.Second);

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? session.Client : elsewhere).Refresh(session.RefreshToken)));

        var answers = await Task.WhenAll(responses.Select(response => response.Json()));
        var successor = Assert.Single(answers.Select(answer => answer.Text("refreshToken")).Distinct());
        Assert.Equal(HttpStatusCode.OK, (await elsewhere.Refresh(successor)).StatusCode);
    }

    //#if (Sample)
    [PoolerFact]
    public async Task Of_twenty_concurrent_edits_of_one_version_one_is_kept()
    {
        using var session = await apps.First.SignedIn(await apps.First.ConfirmedUser());
        using var elsewhere = session.On(apps.Second);
        var ticket = await session.Client.OpenTicket();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? session.Client : elsewhere).Edit(ticket, "\"1\"", $"Edit {i}")));

        var kept = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        foreach (var refused in answers.Except([kept]))
        {
            await refused.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
        }
    }

    //#endif
    [PoolerFact]
    public async Task Migrate_goes_straight_to_the_server_or_says_what_is_missing()
    {
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings:Database"] = apps.Pooler.To(apps.Database),
            ["Database:Pooler"] = "true",
        };

        var refused = await AppProcess.Run(settings, ["migrate"]);
        settings["ConnectionStrings:Migrations"] = apps.Database;
        var done = await AppProcess.Run(settings, ["migrate"]);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("ConnectionStrings:Migrations must be set", Assert.Single(refused.Output));
        Assert.Equal(0, done.ExitCode);
    }

    private Task<string> Show(string setting) => apps.First.Query(db => CurrentSetting(db, setting));

    private static Task<string> CurrentSetting(DbContext db, string setting) =>
        db.Database.SqlQuery<string>($"SELECT current_setting({setting}) AS \"Value\"").SingleAsync(Scenarios.Ct);

    public sealed class TwoInstances : IAsyncLifetime
    {
        public App First { get; private set; } = null!;

        public App Second { get; private set; } = null!;

        /// <summary>The connection string straight to the server.</summary>
        public string Database { get; private set; } = "";

        internal TestPooler Pooler { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            if (!TestPooler.IsAvailable || !TestPostgres.IsAvailable)
            {
                return;
            }

            Database = await TestPostgres.CreateMigratedDatabase();
            Pooler = await TestPooler.InFrontOf(Database);
            // Of this role in this database only: other tests have the same role.
            var name = new NpgsqlConnectionStringBuilder(Database).Database;
            foreach (var timeout in (string[])["lock_timeout = '7s'", "statement_timeout = '41s'"])
            {
                await TestPostgres.Execute($"ALTER ROLE CURRENT_USER IN DATABASE {name} SET {timeout}");
            }

            First = await new AppWithSampleResource
            {
                // With settings that such a pooler does not bear, Options among them.
                ["ConnectionStrings:Database"] =
                    $"{Pooler.To(Database)};Max Auto Prepare=20;Auto Prepare Min Usages=2;No Reset On Close=false",
                ["Database:Pooler"] = "true",
            }.Started();
            Second = await First.Another();
        }

        public async ValueTask DisposeAsync()
        {
            if (Pooler is not null)
            {
                await Second.DisposeAsync();
                await First.DisposeAsync();
                await Pooler.DisposeAsync();
                await TestPostgres.DropDatabase(Database);
            }
        }
    }
}
