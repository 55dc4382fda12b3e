using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Infrastructure.RateLimiting;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.RateLimiting;

/// <summary>What is true for every limit, and the limit of the anonymous sign-in routes.</summary>
public sealed class RateLimitTests : IAsyncLifetime
{
    private const int Limit = 6;

    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_client_over_its_limit_gets_a_429_with_Retry_After()
    {
        await using var app = await Limits.App("Auth", Limit).Started();
        using var client = app.CreateClient();

        for (var left = Limit - 1; left >= 0; left--)
        {
            var allowed = await client.AskForMail();

            Assert.Equal(HttpStatusCode.Accepted, allowed.StatusCode);
            Assert.Equal($"\"auth\";q={Limit};w=86400", allowed.Headers.GetValues("RateLimit-Policy").Single());
            Assert.StartsWith($"\"auth\";r={left};t=", allowed.Headers.GetValues("RateLimit").Single());
            Assert.Null(allowed.Headers.RetryAfter);
        }

        var rejected = await client.AskForMail();

        var problem = await rejected.ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.Equal("""["auth"]""", problem.GetProperty("violated-policies").GetRawText());
        var seconds = rejected.Headers.RetryAfter!.Delta!.Value.TotalSeconds;
        Assert.InRange(seconds, 1, 86_400);
        Assert.Equal($"\"auth\";r=0;t={seconds}", rejected.Headers.GetValues("RateLimit").Single());
        Assert.Contains("rate-limit-hit", app.Log.SecurityEvents);
    }

    [Fact]
    public async Task All_anonymous_sign_in_routes_share_one_limit_and_no_other_route_does()
    {
        await using var app = await Limits.App("Auth", Limit).Started();
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();

        foreach (var (call, body) in new (string, object)[]
            {
                ("register", new { email, password = Scenarios.Password }),
                ("confirm-email", new { email, token = "AAAA" }),
                ("resend-confirmation", new { email }),
                ("login", new { email, password = Scenarios.Password }),
                ("forgot-password", new { email }),
                ("reset-password", new { email, token = "AAAA", newPassword = Scenarios.Password }),
            })
        {
            var response = await client.Post($"/api/v1/auth/{call}", body);

            Assert.NotEqual(HttpStatusCode.TooManyRequests, response.StatusCode);
        }

        await (await client.LogIn(email)).ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.Refresh("AAAA")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAccount()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/ready")).StatusCode);
    }

    [Fact]
    public async Task Two_instances_under_a_flood_allow_as_many_calls_as_one_and_write_little()
    {
        await using var first = await Limits.App("Auth", Limit).Started();
        await using var second = await first.Another();
        var clients = new[] { first.CreateClient(), second.CreateClient() };

        var responses = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => clients[i % 2].AskForMail()));

        Assert.Equal(Limit, responses.Count(response => response.StatusCode == HttpStatusCode.Accepted));
        Assert.Equal(
            100 - Limit, responses.Count(response => response.StatusCode == HttpStatusCode.TooManyRequests));
        var writes = await first.Query(db => db.Set<RateCounter>()
            .Where(counter => counter.Key.StartsWith("auth ")).SumAsync(counter => counter.Count, Scenarios.Ct));
        Assert.InRange(writes, Limit, 2 * Limit);
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", true)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public async Task A_client_is_one_IPv4_address_or_one_IPv6_network(string one, string another, bool isSame)
    {
        await using var app = await Limits.App("Auth", Limit).Started();
        using var client = app.ClientAt(one);
        for (var i = 0; i < Limit; i++)
        {
            await client.AskForMail();
        }

        Addresses.Set(client, another);

        Assert.Equal(
            isSame ? HttpStatusCode.TooManyRequests : HttpStatusCode.Accepted, (await client.AskForMail()).StatusCode);
    }
}
