using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Api;

public sealed class RateLimitTests : IAsyncLifetime
{
    private const int Limit = 6;

    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Whoever_asks_too_often_is_told_when_to_come_back()
    {
        await using var app = await Limited().Started();
        using var client = app.CreateClient();

        for (var left = Limit - 1; left >= 0; left--)
        {
            var allowed = await Ask(client);

            Assert.Equal(HttpStatusCode.Accepted, allowed.StatusCode);
            Assert.Equal($"\"auth\";q={Limit};w=86400", allowed.Headers.GetValues("RateLimit-Policy").Single());
            Assert.StartsWith($"\"auth\";r={left};t=", allowed.Headers.GetValues("RateLimit").Single());
            Assert.Null(allowed.Headers.RetryAfter);
        }

        var refused = await Ask(client);

        await refused.ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 86_400);
        Assert.StartsWith("\"auth\";r=0;t=", refused.Headers.GetValues("RateLimit").Single());
        Assert.Contains("rate-limit-hit", app.Log.SecurityEvents);
    }

    [Fact]
    public async Task All_anonymous_sign_in_routes_count_together_and_no_others()
    {
        await using var app = await Limited().Started();
        using var client = app.CreateClient();
        var email = Stories.NewAddress();

        foreach (var (call, body) in new (string, object)[]
            {
                ("register", new { email, password = Stories.Password }),
                ("confirm-email", new { email, token = "AAAA" }),
                ("resend-confirmation", new { email }),
                ("login", new { email, password = Stories.Password }),
                ("forgot-password", new { email }),
                ("reset-password", new { email, token = "AAAA", newPassword = Stories.Password }),
            })
        {
            var response = await client.Post($"/api/v1/auth/{call}", body);

            Assert.NotEqual(HttpStatusCode.TooManyRequests, response.StatusCode);
        }

        await (await client.LogIn(email)).ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.Refresh("AAAA")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.Get("/api/v1/account")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/ready")).StatusCode);
    }

    [Fact]
    public async Task A_flood_on_two_instances_gets_through_as_often_as_on_one_and_writes_little()
    {
        await using var first = await Limited().Started();
        await using var second = await first.Another();
        var clients = new[] { first.CreateClient(), second.CreateClient() };

        var responses = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Ask(clients[i % 2])));

        Assert.Equal(Limit, responses.Count(response => response.StatusCode == HttpStatusCode.Accepted));
        Assert.Equal(
            100 - Limit, responses.Count(response => response.StatusCode == HttpStatusCode.TooManyRequests));
        var writes = await first.Query(db => db.RateCounters
            .Where(counter => counter.Key.StartsWith("auth ")).SumAsync(counter => counter.Count, Stories.Ct));
        Assert.InRange(writes, Limit, 2 * Limit);
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", true)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public async Task One_client_is_one_address_or_one_network_of_IPv6(string one, string another, bool isSame)
    {
        var address = IPAddress.Parse(one);
        await using var app = Limited(services => services.AddSingleton<IStartupFilter>(
            new From(() => address)));
        await app.InitializeAsync();
        using var client = app.CreateClient();
        for (var i = 0; i < Limit; i++)
        {
            await Ask(client);
        }

        address = IPAddress.Parse(another);

        Assert.Equal(
            isSame ? HttpStatusCode.TooManyRequests : HttpStatusCode.Accepted, (await Ask(client)).StatusCode);
    }

    [Fact]
    public async Task A_header_makes_nobody_somebody_else()
    {
        await using var app = await Limited().Started();

        for (var i = 0; i <= Limit; i++)
        {
            using var client = app.CreateClient();
            foreach (var header in (string[])["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"])
            {
                client.DefaultRequestHeaders.TryAddWithoutValidation(header, $"203.0.113.{i}");
            }

            var response = await Ask(client);

            Assert.Equal(i == Limit, response.StatusCode == HttpStatusCode.TooManyRequests);
        }
    }

    // A day, so that no window ends while a test runs; at its end the tests wait for the next one.
    private static App Limited(Action<IServiceCollection>? replace = null) => new()
    {
        Replace = replace,
        ["RateLimits:Auth:PermitLimit"] = $"{Limit}",
        ["RateLimits:Auth:Window"] = "1.00:00:00",
    };

    private static Task<HttpResponseMessage> Ask(HttpClient client) =>
        client.Post("/api/v1/auth/forgot-password", new { email = Stories.NewAddress() });

    private sealed class From(Func<IPAddress> address) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                context.Connection.RemoteIpAddress = address();

                return following(context);
            });
            next(app);
        };
    }
}
