using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class LogoutTests(SharedApp app)
{
    [Fact]
    public async Task Both_tokens_become_invalid_at_once_and_other_sessions_stay()
    {
        var email = await app.ConfirmedUser();
        using var here = await app.SignedIn(email);
        using var there = await app.SignedIn(email);
        Assert.True(await here.Client.IsSignedIn());

        var response = await here.Client.Post("/api/v1/auth/logout");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.False(await here.Client.IsSignedIn());
        await (await here.Client.Refresh(here.RefreshToken))
            .ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        Assert.True(await there.Client.IsSignedIn());
        Assert.Equal(HttpStatusCode.OK, (await there.Client.Refresh(there.RefreshToken)).StatusCode);
    }

    [Fact]
    public async Task Another_instance_notices_within_seconds()
    {
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);
        Assert.True(await elsewhere.IsSignedIn());

        await session.Client.Post("/api/v1/auth/logout");

        Assert.False(await session.Client.IsSignedIn());
        await Eventual.Happens(async () => !await elsewhere.IsSignedIn());
    }

    [Fact]
    public async Task A_busy_session_does_not_query_the_database_each_time()
    {
        // On a busy machine the cache entry may expire before the second request, so the test repeats.
        await Eventual.Happens(async () =>
        {
            using var session = await app.SignedIn(await app.ConfirmedUser());
            var id = Guid.Parse(AccessTokenTests.Claim(session.AccessToken, "sid"));
            var watch = Stopwatch.StartNew();
            await session.Client.IsSignedIn();

            // Past the app, whose cache keeps the session for four seconds.
            await app.Query(db => db.Sessions.Where(s => s.Id == id).ExecuteDeleteAsync(Scenarios.Ct));
            var isCached = await session.Client.IsSignedIn();

            Assert.True(isCached || watch.Elapsed > TimeSpan.FromSeconds(4));
            await Eventual.Happens(async () => !await session.Client.IsSignedIn());

            return isCached;
        });
    }

    [Fact]
    public async Task Signing_out_requires_a_token()
    {
        using var client = app.CreateClient();

        var response = await client.Post("/api/v1/auth/logout");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task After_signing_out_under_load_no_request_is_accepted()
    {
        for (var round = 0; round < 10; round++)
        {
            using var session = await app.SignedIn(await app.ConfirmedUser());
            var busy = Enumerable.Range(0, 8).Select(_ => session.Client.IsSignedIn()).ToList();

            await session.Client.Post("/api/v1/auth/logout");

            Assert.False(await session.Client.IsSignedIn());
            await Task.WhenAll(busy);
            Assert.False(await session.Client.IsSignedIn());
        }
    }

    [PostgresFact]
    public async Task A_query_result_from_before_the_session_ended_is_not_cached()
    {
        await using var own = await new App().Started();
        using var session = await own.SignedIn(await own.ConfirmedUser());
        var userId = Guid.Parse(AccessTokenTests.Claim(session.AccessToken, "sub"));

        // The query waits for the lock while the session ends.
        var request = await own.Query(db => db.InTransaction(
            async () =>
            {
                await db.Database.ExecuteSqlAsync($"LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE", Scenarios.Ct);
                var waiting = session.Client.IsSignedIn();
                await Eventual.Happens(() => db.Database
                    .SqlQuery<bool>($"""
                        SELECT EXISTS (
                            SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
                            WHERE NOT granted AND datname = current_database()) AS "Value"
                        """)
                    .SingleAsync(Scenarios.Ct));
                own.Services.GetRequiredService<IActiveSessions>().Invalidate(userId);

                return waiting;
            },
            Scenarios.Ct));
        var answered = await request;
        await own.Query(db => db.Sessions.Where(s => s.UserId == userId).ExecuteDeleteAsync(Scenarios.Ct));

        Assert.True(answered);
        Assert.False(await session.Client.IsSignedIn());
    }
}
