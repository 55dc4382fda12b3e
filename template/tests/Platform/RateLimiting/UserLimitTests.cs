using System.Net;
using System.Text;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.RateLimiting;

/// <summary>What a signed-in user may do beside the number of calls: write, and have a password checked.</summary>
public sealed class UserLimitTests : IAsyncLifetime
{
    private const string AnyWrite = "/api/v1/account/change-email";

    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_bodies_of_a_user_are_limited_in_KiB_and_each_counts_as_one_at_least()
    {
        await using var app = await Limits.App("Writes", 10).Started();
        using var client = await app.SignedInClient();
        using var other = await app.SignedInClient();

        Assert.Equal(9, (await Write(client, bytes: 2)).Left("writes"));
        Assert.Equal(6, (await Write(client, bytes: 2_049)).Left("writes"));
        Assert.Equal(3, (await Write(client, bytes: 2_049, isChunked: true)).Left("writes"));
        Assert.Equal(2, (await Write(client, bytes: 0)).Left("writes"));
        // What is left allows one more body of any size.
        Assert.Equal(0, (await Write(client, bytes: 4_096, isChunked: true)).Left("writes"));

        var rejected = await Write(client, bytes: 2);

        var problem = await rejected.ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.Equal("""["writes"]""", problem.GetProperty("violated-policies").GetRawText());
        Assert.NotNull(rejected.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAccount()).StatusCode);
        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await Write(other, bytes: 2)).StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_too_large_to_be_read_counts_as_one_KiB()
    {
        await using var app = await Limits.App("Writes", 10).Started();
        using var client = await app.SignedInClient();

        var refused = await Write(client, bytes: 300_000);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal(9, refused.Left("writes"));
    }

    [Fact]
    public async Task The_headers_list_all_limits_of_a_call()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();

        var response = await Write(client, bytes: 2);

        var policies = Assert.Single(response.Headers.GetValues("RateLimit-Policy")).Split(',').Order();
        Assert.Equal(["\"api\";q=1000000;w=60", "\"writes\";q=1000000;w=3600"], policies);
    }

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

        Assert.Equal(7, (await Write(session.Client, bytes: 3_000)).Left("writes"));
        Assert.Equal(4, (await Write(elsewhere, bytes: 3_000, isChunked: true)).Left("writes"));
        Assert.Equal(0, (await Write(session.Client, bytes: 9_000)).Left("writes"));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Write(elsewhere, bytes: 2)).StatusCode);
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
            client => client.Post(AnyWrite, new { newEmail = Scenarios.NewAddress(), password = "a wrong guess" }),
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

    private static Task<HttpResponseMessage> Write(HttpClient client, int bytes, bool isChunked = false)
    {
        var content = new StringContent("{}".PadRight(bytes)[..bytes], Encoding.UTF8, "application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, AnyWrite) { Content = content };
        request.Headers.TransferEncodingChunked = isChunked;

        return client.SendAsync(request, Scenarios.Ct);
    }
}
