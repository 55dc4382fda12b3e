using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.RateLimiting;

/// <summary>The limit of /api/v1: per user, and per address for unauthenticated requests.</summary>
public sealed class ApiLimitTests : IAsyncLifetime
{
    private const int Limit = 6;

    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_user_over_the_limit_gets_a_429_with_Retry_After()
    {
        await using var app = await Limits.App("Api", Limit).Started();
        using var client = await app.SignedInClient();

        for (var left = Limit - 1; left >= 0; left--)
        {
            var allowed = await client.GetAccount();

            Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
            Assert.Equal($"\"api\";q={Limit};w=86400", allowed.Headers.GetValues("RateLimit-Policy").Single());
            Assert.Equal(left, allowed.Left());
        }

        var rejected = await client.GetAccount();

        var problem = await rejected.ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.Equal("""["api"]""", problem.GetProperty("violated-policies").GetRawText());
        Assert.NotNull(rejected.Headers.RetryAfter);
    }

    [Fact]
    public async Task Of_many_concurrent_calls_exactly_the_limit_is_allowed()
    {
        await using var app = await Limits.App("Api", Limit).Started();
        using var client = await app.SignedInClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.GetAccount()));

        Assert.Equal(Limit, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_user_has_one_limit_for_all_devices_and_addresses()
    {
        await using var app = await Limits.App("Api", Limit).Started();
        var email = await app.ConfirmedUser();
        using var phone = await app.SignedIn(email);
        using var laptop = await app.SignedIn(email);
        using var otherUser = await app.SignedInClient();
        using var anonymous = app.CreateClient();
        Addresses.Set(laptop.Client, "203.0.113.7");

        for (var i = 0; i < Limit; i++)
        {
            await (i % 2 == 0 ? phone : laptop).Client.GetAccount();
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, (await phone.Client.GetAccount()).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await laptop.Client.GetAccount()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await otherUser.GetAccount()).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await anonymous.GetAccount()).StatusCode);
    }

    [Fact]
    public async Task Unauthenticated_requests_are_limited_per_address()
    {
        await using var app = await Limits.App("Api", Limit).Started();
        using var one = app.ClientAt("203.0.113.7");
        using var other = app.ClientAt("203.0.113.8");

        for (var i = 0; i < Limit; i++)
        {
            await (await one.GetAccount()).ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, (await one.GetAccount()).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.GetAccount()).StatusCode);
    }

    [Fact]
    public async Task A_forged_token_does_not_count_for_the_user_that_it_names()
    {
        await using var app = await Limits.App("Api", Limit).Started();
        using var victim = await app.SignedIn(await app.ConfirmedUser());
        var before = (await victim.Client.GetAccount()).Left();
        var claims = victim.AccessToken.Split('.')[1];
        var unsigned = Base64Url.EncodeToString("""{"alg":"none","typ":"at+jwt"}"""u8);

        foreach (var token in (string[])[$"{unsigned}.{claims}.", $"{victim.AccessToken[..^6]}AAAAAA"])
        {
            using var forger = app.ClientAt("203.0.113.7");
            forger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

            Assert.Equal(HttpStatusCode.Unauthorized, (await forger.GetAccount()).StatusCode);
        }

        Assert.Equal(before - 1, (await victim.Client.GetAccount()).Left());
        using var anonymous = app.ClientAt("203.0.113.7");
        Assert.Equal(Limit - 3, (await anonymous.GetAccount()).Left());
    }

    [Fact]
    public async Task Every_response_has_the_RateLimit_headers_also_an_error()
    {
        await using var app = await new App().Started();
        using var anonymous = app.CreateClient();
        using var client = await app.SignedInClient();

        foreach (var (status, answer) in new[]
            {
                (HttpStatusCode.OK, await client.GetAccount()),
                (HttpStatusCode.NoContent, await client.Send(HttpMethod.Delete, "/api/v1/account/sessions")),
                (HttpStatusCode.Unauthorized, await anonymous.GetAccount()),
                (HttpStatusCode.BadRequest, await client.Post("/api/v1/account/change-email")),
                (HttpStatusCode.BadRequest, await client.PostRaw("/api/v1/account/change-email", "{")),
                (HttpStatusCode.NotFound, await client.Send(
                    HttpMethod.Delete, $"/api/v1/account/sessions/{Guid.NewGuid()}")),
            })
        {
            Assert.Equal(status, answer.StatusCode);
            Assert.True(answer.IsLimited(), $"{status}");
            Assert.Single(answer.Headers.GetValues("RateLimit-Policy"));
        }
    }

    [Fact]
    public async Task Sign_in_routes_do_not_count_as_API_calls_and_probes_docs_and_pages_have_no_limit()
    {
        await using var app = await Limits.App("Api", 1).Started();
        using var client = app.CreateClient();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await client.AskForMail()).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.Refresh("AAAA")).StatusCode);
            foreach (var path in (string[])
                ["/health/live", "/health/ready", "/openapi/v1.json", "/docs", "/reset-password", "/nowhere"])
            {
                Assert.False((await client.Get(path)).IsLimited(), path);
            }
        }

        Assert.Equal(0, (await client.GetAccount()).Left());
    }
}
