using System.Net;
using ProdReady.Tests.Platform.Errors;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Edge;

/// <summary>What a browser lets the scripts of other origins do.</summary>
public sealed class CorsTests
{
    private const string Shop = "https://shop.example";

    [Fact]
    public async Task Nobody_is_let_in_unless_the_settings_say_so()
    {
        await using var app = await Apps.WithoutDatabase("Production").Started();
        using var client = app.CreateClient();

        var answer = await Ask(client, HttpMethod.Get, Shop);
        var preflight = await Ask(client, HttpMethod.Options, Shop);

        Assert.Empty(CorsHeaders(answer));
        Assert.Empty(CorsHeaders(preflight));
        await preflight.ShouldBe(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task An_allowed_origin_is_told_what_it_may_do(string environment)
    {
        await using var app = await Open(environment).Started();
        using var client = app.CreateClient();

        var preflight = await Ask(client, HttpMethod.Options, Shop);

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal(Shop, Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Equal("PUT", Header(preflight, "Access-Control-Allow-Methods"));
        Assert.Equal(
            ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"],
            Header(preflight, "Access-Control-Allow-Headers").Split(',').Order());
        Assert.Equal("3600", Header(preflight, "Access-Control-Max-Age"));
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.Equal("nosniff", Header(preflight, "X-Content-Type-Options"));
    }

    [Fact]
    public async Task It_may_read_every_answer_and_the_headers_that_matter()
    {
        await using var app = await Open("Production").Started();
        using var client = app.CreateClient();

        foreach (var (path, status) in new[]
            {
                ("/health/live", HttpStatusCode.OK),
                ("/api/v1/account", HttpStatusCode.Unauthorized),
                ("/nothing-here", HttpStatusCode.NotFound),
                ("/probe/crash", HttpStatusCode.InternalServerError),
                ("/probe/endless", HttpStatusCode.GatewayTimeout),
            })
        {
            var answer = await Ask(client, HttpMethod.Get, Shop, path);

            Assert.Equal(status, answer.StatusCode);
            Assert.Equal(Shop, Header(answer, "Access-Control-Allow-Origin"));
            Assert.Equal(
                ["ETag", "Idempotency-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"],
                Header(answer, "Access-Control-Expose-Headers").Split(',').Order());
            Assert.Equal("Origin", Header(answer, "Vary"));
        }
    }

    [Fact]
    public async Task It_may_read_that_it_calls_too_often()
    {
        await using var app = await new App
        {
            ["Cors:AllowedOrigins:0"] = Shop,
            ["RateLimits:Auth:PermitLimit"] = "1",
        }.Started();
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.Add("Origin", Shop);

        HttpResponseMessage? refused = null;
        await Eventual.Happens(async () =>
        {
            refused = await client.LogIn(Stories.NewAddress());

            return refused.StatusCode == HttpStatusCode.TooManyRequests;
        });

        Assert.Equal(Shop, Header(refused!, "Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("http://shop.example")]
    [InlineData("https://shop.example:8443")]
    [InlineData("https://shop.example.evil.example")]
    [InlineData("https://evil-shop.example")]
    [InlineData("https://www.shop.example")]
    [InlineData("https://SHOP.example")]
    [InlineData("https://shop.example/")]
    [InlineData("https://evil.example")]
    public async Task Nobody_else_is_let_in(string origin)
    {
        await using var app = await Open("Production").Started();
        using var client = app.CreateClient();

        var answer = await Ask(client, HttpMethod.Get, origin);
        var preflight = await Ask(client, HttpMethod.Options, origin);

        Assert.Empty(CorsHeaders(answer));
        Assert.Empty(CorsHeaders(preflight));
        Assert.Equal("Origin", Header(answer, "Vary"));
    }

    [Fact]
    public async Task Caches_are_told_even_where_nobody_asked()
    {
        await using var app = await Open("Production").Started();
        using var client = app.CreateClient();

        Assert.Equal("Origin", Header(await client.Get("/health/live"), "Vary"));
    }

    private static App Open(string environment)
    {
        var app = Apps.WithoutDatabase(environment, ErrorProbes.Map);
        app["Cors:AllowedOrigins:0"] = Shop;
        app["Cors:AllowedOrigins:1"] = "http://localhost:5173";

        return app;
    }

    private static Task<HttpResponseMessage> Ask(
        HttpClient client, HttpMethod method, string origin, string path = "/api/v1/account")
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Origin", origin);
        if (method == HttpMethod.Options)
        {
            request.Headers.Add("Access-Control-Request-Method", "PUT");
            request.Headers.Add("Access-Control-Request-Headers", "authorization,if-match");
        }

        return client.SendAsync(request, Stories.Ct);
    }

    private static string Header(HttpResponseMessage response, string name) =>
        Assert.Single(response.Headers.GetValues(name));

    private static IEnumerable<string> CorsHeaders(HttpResponseMessage response) =>
        response.Headers.Select(header => header.Key).Where(name => name.StartsWith("Access-Control-"));
}
