using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class RefreshTests(SharedApp app)
{
    [Fact]
    public async Task A_refresh_token_gives_the_next_tokens()
    {
        using var client = app.CreateClient();
        var first = await client.SignIn(await app.ConfirmedUser());

        var second = await (await client.Refresh(first.Text("refreshToken"))).Json();
        var third = await client.Refresh(second.Text("refreshToken"));

        Assert.NotEqual(first.Text("refreshToken"), second.Text("refreshToken"));
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task Parallel_tabs_get_the_same_successor_and_stay_signed_in_on_two_instances()
    {
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);

        for (var round = 0; round < 3; round++)
        {
            using var fresh = await app.SignedIn(await app.ConfirmedUser());
            var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
                (i % 2 == 0 ? session.Client : elsewhere).Refresh(fresh.RefreshToken)));

            Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
            var answers = await Task.WhenAll(responses.Select(response => response.Json()));
            var successor = Assert.Single(answers.Select(answer => answer.Text("refreshToken")).Distinct());
            Assert.Equal(HttpStatusCode.OK, (await elsewhere.Refresh(successor)).StatusCode);
            Assert.True(await fresh.Client.IsSignedIn());
        }
    }

    [Fact]
    public async Task A_retry_after_a_lost_response_gets_the_same_token()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());

        var lost = await (await session.Client.Refresh(session.RefreshToken)).Json();
        var again = await (await session.Client.Refresh(session.RefreshToken)).Json();

        Assert.Equal(lost.Text("refreshToken"), again.Text("refreshToken"));
    }

    [Theory]
    [InlineData("198.51.100.7", "Laptop/1.0", true)]
    [InlineData("203.0.113.66", "Laptop/1.0", true)]
    [InlineData("198.51.100.7", "Laptop/1.1", true)]
    [InlineData("203.0.113.66", "curl/8.0", false)]
    public async Task A_replaced_token_from_another_device_is_refused_and_the_session_goes_on(
        string address, string userAgent, bool isSameDevice)
    {
        await using var own = await new App { Replace = Addresses.Add }.Started();
        using var owner = own.ClientAt("198.51.100.7");
        owner.DefaultRequestHeaders.UserAgent.ParseAdd("Laptop/1.0");
        var stolen = (await owner.SignIn(await own.ConfirmedUser())).Text("refreshToken");
        var next = await (await owner.Refresh(stolen)).Json();
        using var thief = own.ClientAt(address);
        thief.DefaultRequestHeaders.UserAgent.ParseAdd(userAgent);

        var replay = await thief.Refresh(stolen);

        Assert.Equal(isSameDevice ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, replay.StatusCode);
        Assert.Equal(!isSameDevice, own.Log.SecurityEvents.Contains("refresh-from-another-device"));
        Assert.DoesNotContain("refresh-token-reused", own.Log.SecurityEvents);
        Assert.Equal(HttpStatusCode.OK, (await owner.Refresh(stolen)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await owner.Refresh(next.Text("refreshToken"))).StatusCode);
    }

    [Fact]
    public async Task A_token_that_a_thief_has_replaced_ends_the_session_when_its_owner_comes()
    {
        await using var own = await new App { Replace = Addresses.Add }.Started();
        using var owner = own.ClientAt("198.51.100.7");
        owner.DefaultRequestHeaders.UserAgent.ParseAdd("Laptop/1.0");
        var stolen = (await owner.SignIn(await own.ConfirmedUser())).Text("refreshToken");
        using var thief = own.ClientAt("203.0.113.66");
        thief.DefaultRequestHeaders.UserAgent.ParseAdd("curl/8.0");
        var next = await (await thief.Refresh(stolen)).Json();
        await own.Query(db => db.Sessions.ExecuteUpdateAsync(set =>
            set.SetProperty(session => session.RefreshedAt, DateTimeOffset.UtcNow.AddSeconds(-31))));

        Assert.Equal(HttpStatusCode.Unauthorized, (await owner.Refresh(stolen)).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await thief.Refresh(next.Text("refreshToken"))).StatusCode);
        Assert.Contains("refresh-token-reused", own.Log.SecurityEvents);
    }

    [Fact]
    public async Task A_phone_that_lost_the_response_stays_signed_in_when_it_retries_days_later()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var lost = await (await session.Client.Refresh(session.RefreshToken)).Json();
        await Change(session, "refreshed_at", TimeSpan.FromDays(-13));

        var again = await (await session.Client.Refresh(session.RefreshToken)).Json();

        Assert.Equal(lost.Text("refreshToken"), again.Text("refreshToken"));
        Assert.Equal(HttpStatusCode.OK, (await session.Client.Refresh(again.Text("refreshToken"))).StatusCode);
        Assert.True(await session.Client.IsSignedIn());
    }

    [Fact]
    public async Task A_call_under_way_with_the_token_before_gets_its_successor_after_that_was_used()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var second = await (await session.Client.Refresh(session.RefreshToken)).Json();
        var third = await (await session.Client.Refresh(second.Text("refreshToken"))).Json();

        var late = await (await session.Client.Refresh(session.RefreshToken)).Json();

        Assert.Equal(second.Text("refreshToken"), late.Text("refreshToken"));
        var caughtUp = await (await session.Client.Refresh(late.Text("refreshToken"))).Json();
        Assert.Equal(third.Text("refreshToken"), caughtUp.Text("refreshToken"));
        Assert.Equal(HttpStatusCode.OK, (await session.Client.Refresh(third.Text("refreshToken"))).StatusCode);
    }

    [Fact]
    public async Task A_token_that_was_replaced_three_times_ends_its_session_and_no_other()
    {
        await using var own = await new App().Started();
        var email = await own.ConfirmedUser();
        using var stolen = await own.SignedIn(email);
        using var other = await own.SignedIn(email);
        var token = stolen.RefreshToken;
        for (var i = 0; i < 3; i++)
        {
            token = (await (await stolen.Client.Refresh(token)).Json()).Text("refreshToken");
        }

        var replay = await stolen.Client.Refresh(stolen.RefreshToken);

        await replay.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        await (await stolen.Client.Refresh(token)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        Assert.False(await stolen.Client.IsSignedIn());
        Assert.True(await other.Client.IsSignedIn());
        Assert.Equal(HttpStatusCode.OK, (await other.Client.Refresh(other.RefreshToken)).StatusCode);
        Assert.Single(own.Log.SecurityEvents, name => name == "refresh-token-reused");
    }

    [Fact]
    public async Task A_token_whose_successor_was_used_ends_its_session_after_the_grace_period()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var second = await (await session.Client.Refresh(session.RefreshToken)).Json();
        var third = await (await session.Client.Refresh(second.Text("refreshToken"))).Json();
        await Change(session, "refreshed_at", TimeSpan.FromSeconds(-31));

        var replay = await session.Client.Refresh(session.RefreshToken);

        await replay.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        await (await session.Client.Refresh(third.Text("refreshToken")))
            .ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
    }

    [Fact]
    public async Task An_idle_session_ends()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());
        await Change(session, "refreshed_at", TimeSpan.FromDays(-14));

        var response = await session.Client.Refresh(session.RefreshToken);

        await response.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        Assert.False(await session.Client.IsSignedIn());
    }

    [Fact]
    public async Task A_session_ends_after_its_absolute_lifetime()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());
        await Change(session, "expires_at", TimeSpan.Zero);

        var response = await session.Client.Refresh(session.RefreshToken);

        await response.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        Assert.False(await session.Client.IsSignedIn());
    }

    [Fact]
    public async Task A_disabled_account_has_no_sessions()
    {
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        await app.Query(db => db.Users.Where(user => user.Email == email).ExecuteUpdateAsync(
            set => set.SetProperty(user => user.DisabledAt, DateTimeOffset.UtcNow), Scenarios.Ct));

        var refreshed = await session.Client.Refresh(session.RefreshToken);
        var signedIn = await session.Client.LogIn(email);

        await refreshed.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        await signedIn.ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        Assert.False(await session.Client.IsSignedIn());
    }

    [Fact]
    public async Task The_database_holds_nothing_that_works_as_a_refresh_token()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var id = Guid.Parse(AccessTokenTests.Claim(session.AccessToken, "sid"));

        var row = await app.Query(db => db.Sessions.SingleAsync(s => s.Id == id, Scenarios.Ct));

        var columns = row.GetType().GetProperties().Select(property => $"{property.GetValue(row)}");
        Assert.DoesNotContain(columns, value => value.Length >= 16 && session.RefreshToken.Contains(value));
        Assert.True(session.RefreshToken.Length >= 64);
    }

    public static TheoryData<string> Malformed => new(
        "x",
        "AAAA",
        new string('A', 70),
        new string('A', 71),
        new string('A', 500),
        "ユーザー",
        "../../etc/passwd",
        "' OR 1=1 --");

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_token_that_the_app_did_not_issue_is_refused(string refreshToken)
    {
        using var client = app.CreateClient();

        var response = await client.Refresh(refreshToken);

        await response.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
    }

    [Fact]
    public async Task A_modified_token_is_refused_and_ends_no_session()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());

        // Each character once: the first ones are the session and its generation, the rest is the MAC.
        for (var i = 0; i < session.RefreshToken.Length - 1; i++)
        {
            var changed = session.RefreshToken.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';

            await (await session.Client.Refresh(new string(changed)))
                .ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        }

        Assert.Equal(HttpStatusCode.OK, (await session.Client.Refresh(session.RefreshToken)).StatusCode);
    }

    [Fact]
    public async Task An_access_token_is_not_a_refresh_token()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());

        var response = await session.Client.Refresh(session.AccessToken);

        await response.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
    }

    private async Task Change(Scenarios.Session session, string column, TimeSpan ago)
    {
        var id = Guid.Parse(AccessTokenTests.Claim(session.AccessToken, "sid"));
        var at = DateTimeOffset.UtcNow + ago;
        await app.Query(db => db.Sessions.Where(s => s.Id == id).ExecuteUpdateAsync(
            set =>
            {
                if (column == "expires_at")
                {
                    set.SetProperty(s => s.ExpiresAt, at);
                }
                else
                {
                    set.SetProperty(s => s.RefreshedAt, at);
                }
            },
            Scenarios.Ct));
    }
}
