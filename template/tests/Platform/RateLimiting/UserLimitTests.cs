using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.RateLimiting;

/// <summary>What a signed-in user may do beside the number of calls: write, and have a password checked.</summary>
public sealed class UserLimitTests : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_bodies_of_a_user_are_limited_in_KiB_and_each_counts_as_one_at_least()
    {
        await using var app = await Limits.App("Writes", 10).Started();
        using var client = await app.SignedInClient();
        using var other = await app.SignedInClient();

        Assert.Equal(9, (await client.Write(bytes: 2)).Left("writes"));
        Assert.Equal(6, (await client.Write(bytes: 2_049)).Left("writes"));
        Assert.Equal(3, (await client.Write(bytes: 2_049, isChunked: true)).Left("writes"));
        Assert.Equal(2, (await client.Write(bytes: 0)).Left("writes"));
        // What is left allows one more body of any size.
        Assert.Equal(0, (await client.Write(bytes: 4_096, isChunked: true)).Left("writes"));

        var rejected = await client.Write(bytes: 2);

        var problem = await rejected.ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.Equal("""["writes"]""", problem.GetProperty("violated-policies").GetRawText());
        Assert.NotNull(rejected.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAccount()).StatusCode);
        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await other.Write(bytes: 2)).StatusCode);
    }

    [Fact]
    public async Task A_body_with_a_key_counts_twice_because_its_answer_is_stored_too()
    {
        await using var app = await Limits.App("Writes", 10).Started();
        using var client = await app.SignedInClient();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "one");

        Assert.Equal(8, (await client.Write(bytes: 2)).Left("writes"));
        Assert.Equal(4, (await client.Write(bytes: 1_025, isChunked: true)).Left("writes"));
    }

    [Fact]
    public async Task A_body_that_is_too_large_to_be_read_counts_as_one_KiB()
    {
        await using var app = await Limits.App("Writes", 10).Started();
        using var client = await app.SignedInClient();

        var refused = await client.Write(bytes: 300_000);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal(9, refused.Left("writes"));
    }

    [Fact]
    public async Task The_headers_list_all_limits_of_a_call()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();

        var response = await client.Write(bytes: 2);

        var policies = Assert.Single(response.Headers.GetValues("RateLimit-Policy")).Split(',').Order();
        Assert.Equal(["\"api\";q=1000000;w=60", "\"writes\";q=1000000;w=3600"], policies);
    }

    [Fact]
    public async Task A_user_may_have_a_password_checked_as_often_as_the_limit_says()
    {
        await using var app = await Limits.App("Password", 3).Started();
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        using var other = await app.SignedInClient();
        var calls = new Func<HttpClient, Task<HttpResponseMessage>>[]
        {
            client => client.Post(
                "/api/v1/account/change-password",
                new { currentPassword = "a wrong guess", newPassword = "eight blue kettles hum at dusk" }),
            client => client.Post(
                "/api/v1/account/change-email",
                new { newEmail = Scenarios.NewAddress(), password = "a wrong guess" }),
            client => client.Post("/api/v1/account/delete", new { password = "a wrong guess" }),
        };

        for (var i = 0; i < 3; i++)
        {
            var guess = await calls[i](session.Client);

            Assert.Equal(HttpStatusCode.BadRequest, guess.StatusCode);
            Assert.Equal(2 - i, guess.Left("password"));
        }

        foreach (var call in calls)
        {
            var problem = await (await call(session.Client)).ShouldBe(
                HttpStatusCode.TooManyRequests, "quota-exceeded");
            Assert.Equal("""["password"]""", problem.GetProperty("violated-policies").GetRawText());
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await calls[0](other)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await session.Client.LogIn(email)).StatusCode);
        Assert.True(await session.Client.IsSignedIn());
    }
}
