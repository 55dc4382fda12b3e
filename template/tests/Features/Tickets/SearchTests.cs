using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Features.Tickets;

/// <summary>A search reads many rows, so its calls, how many run at the same time, and its time are limited.</summary>
public sealed class SearchTests : IAsyncLifetime
{
    // Both almost match a text of the letter a at each position: one for LIKE, which compares from the beginning, and
    // one for strpos, which compares from the end. Of 64 characters, the longest there are.
    private static readonly string SlowForLike = $"{new string('a', 63)}b";
    private static readonly string SlowForStrpos = $"b{new string('a', 63)}";

    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Searches_have_a_limit_of_their_own_and_lists_do_not_count()
    {
        await using var app = await Limits.App("Search", 2).Started();
        using var client = await app.SignedInClient();
        using var other = await app.SignedInClient();

        for (var left = 1; left >= 0; left--)
        {
            Assert.Equal(left, (await Search(client, "printer")).Left("search"));
            Assert.DoesNotContain("search", Assert.Single((await List(client)).Headers.GetValues("RateLimit")));
        }

        var rejected = await Search(client, "printer");

        var problem = await rejected.ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.Equal("""["search"]""", problem.GetProperty("violated-policies").GetRawText());
        Assert.NotNull(rejected.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await List(client)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Search(other, "printer")).StatusCode);
    }

    [PostgresFact]
    public async Task A_search_that_takes_more_than_a_second_is_a_429_and_no_warning()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();
        await OpenLongTickets(app, client, 10_000);

        var rejected = await Search(client, SlowForStrpos);

        await rejected.ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.NotNull(rejected.Headers.RetryAfter);
        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Warning);
        Assert.Equal(HttpStatusCode.OK, (await List(client)).StatusCode);
    }

    [PostgresFact]
    public async Task The_searches_of_a_user_run_one_after_the_other()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();
        await OpenLongTickets(app, client, 10_000);

        var searches = Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Search(client, SlowForStrpos)));
        var parallel = new List<int>();
        while (!searches.IsCompleted)
        {
            parallel.Add(await RunningSearches(app));
        }

        Assert.Equal(1, parallel.Max());
        // The first is stopped after a second, and the last has no turn within two.
        Assert.All(await searches, answer => Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode));
    }

    [PostgresFact]
    public async Task Users_are_served_while_another_one_searches_five_times_a_second()
    {
        await using var app = await new App { ["RateLimits:Search:PermitLimit"] = "30" }.Started();
        using var attacker = await app.SignedInClient();
        using var client = await app.SignedInClient();
        await OpenLongTickets(app, attacker, 600);
        var quiet = await Times(client, until: Task.Delay(TimeSpan.FromSeconds(2), Scenarios.Ct));

        var attack = Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            await Task.Delay(200 * i, Scenarios.Ct);

            return await Search(attacker, i % 2 == 0 ? SlowForLike : SlowForStrpos);
        }));
        var busy = await Times(client, until: attack);

        Assert.All(await attack, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK
            or HttpStatusCode.TooManyRequests, $"{answer.StatusCode}"));
        TestContext.Current.SendDiagnosticMessage(
            $"Median of another user: {quiet.TotalMilliseconds} ms, and {busy.TotalMilliseconds} ms under the attack.");
    }

    // By SQL: over HTTP it would take minutes.
    private static async Task OpenLongTickets(App app, HttpClient client, int count)
    {
        await client.OpenTicket();
        await app.Query(db => db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO tickets (id, owner_id, title, description, priority, status, version, created_at, updated_at)
            SELECT gen_random_uuid(), owner_id, title, repeat('a', 10000), priority, status, 1, created_at, updated_at
            FROM (SELECT * FROM tickets ORDER BY created_at DESC LIMIT 1) AS ticket, generate_series(1, {count})
            """,
            Scenarios.Ct));
    }

    private static Task<int> RunningSearches(App app) => app.Query(async db => (await db.Database.SqlQuery<int>(
        $"""
        SELECT count(*)::int AS "Value" FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%strpos%'
        """).ToListAsync(Scenarios.Ct)).Single());

    /// <returns>The median of calls one after the other. Each must succeed.</returns>
    private static async Task<TimeSpan> Times(HttpClient client, Task until)
    {
        var times = new List<TimeSpan>();
        while (!until.IsCompleted)
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal(HttpStatusCode.OK, (await List(client)).StatusCode);
            times.Add(watch.Elapsed);
            await Task.Delay(20, Scenarios.Ct);
        }

        return times.Order().ElementAt(times.Count / 2);
    }

    private static Task<HttpResponseMessage> List(HttpClient client) => client.Get(TicketScenarios.Tickets);

    private static Task<HttpResponseMessage> Search(HttpClient client, string text) =>
        client.Get($"{TicketScenarios.Tickets}?search={text}");
}
