using System.Net;
using ProdReady.Tests.Platform.Errors;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Edge;

public sealed class CorsTests
{
    private const string Shop = "https://shop.example";

    [Fact]
    public async Task No_origin_is_allowed_by_default()
    {
        await using var app = await Apps.WithoutDatabase("Production").Started();
        using var client = app.CreateClient();

        var response = await Send(client, HttpMethod.Get, Shop);
        var preflight = await Send(client, HttpMethod.Options, Shop);

        Assert.Empty(CorsHeaders(response));
        Assert.Empty(CorsHeaders(preflight));
        await preflight.ShouldBe(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task An_allowed_origin_gets_the_methods_and_headers_it_may_use(string environment)
    {
        await using var app = await WithAllowedOrigins(environment).Started();
        using var client = app.CreateClient();

        var preflight = await Send(client, HttpMethod.Options, Shop);

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal(Shop, Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Equal("PUT", Header(preflight, "Access-Control-Allow-Methods"));
        Assert.Equal(
            [
                "Authorization", "baggage", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Range",
                "sentry-trace", "traceparent", "tracestate", "X-Requested-With", "X-Tenant",
            ],
            Header(preflight, "Access-Control-Allow-Headers").Split(',').Order(StringComparer.OrdinalIgnoreCase));
        Assert.Equal("3600", Header(preflight, "Access-Control-Max-Age"));
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.Equal("nosniff", Header(preflight, "X-Content-Type-Options"));
    }

    [Fact]
    public async Task It_may_read_every_response_and_the_headers_that_matter()
    {
        await using var app = await WithAllowedOrigins("Production").Started();
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
            var response = await Send(client, HttpMethod.Get, Shop, path);

            Assert.Equal(status, response.StatusCode);
            Assert.Equal(Shop, Header(response, "Access-Control-Allow-Origin"));
            Assert.Equal(
                [
                    "Accept-Ranges", "Content-Disposition", "Content-Range", "ETag", "Idempotency-Replayed", "Location",
                    "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate",
                ],
                Header(response, "Access-Control-Expose-Headers").Split(',').Order());
            Assert.Equal("Origin", Header(response, "Vary"));
        }
    }

    [Theory]
    [InlineData("capacitor://localhost")]
    [InlineData("ionic://localhost")]
    [InlineData("tauri://localhost")]
    [InlineData("https://localhost")]
    [InlineData("chrome-extension://abcdefghijklmnopabcdefghijklmnop")]
    public async Task The_origin_of_an_app_on_a_phone_or_a_desktop_can_be_allowed(string origin)
    {
        await using var app = Apps.WithoutDatabase("Production");
        app["Cors:AllowedOrigins:0"] = origin;
        await app.InitializeAsync();
        using var client = app.CreateClient();

        var preflight = await Send(client, HttpMethod.Options, origin);
        var other = await Send(client, HttpMethod.Get, origin.Replace("://", "://evil."));

        Assert.Equal(origin, Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Empty(CorsHeaders(other));
    }

    [Fact]
    public async Task It_may_read_a_429()
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
            refused = await client.LogIn(Scenarios.NewAddress());

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
    public async Task Any_other_origin_is_refused(string origin)
    {
        await using var app = await WithAllowedOrigins("Production").Started();
        using var client = app.CreateClient();

        var response = await Send(client, HttpMethod.Get, origin);
        var preflight = await Send(client, HttpMethod.Options, origin);

        Assert.Empty(CorsHeaders(response));
        Assert.Empty(CorsHeaders(preflight));
        Assert.Equal("Origin", Header(response, "Vary"));
    }

    [Fact]
    public async Task Vary_is_sent_without_an_Origin_too()
    {
        await using var app = await WithAllowedOrigins("Production").Started();
        using var client = app.CreateClient();

        Assert.Equal("Origin", Header(await client.Get("/health/live"), "Vary"));
    }

    private static App WithAllowedOrigins(string environment)
    {
        var app = Apps.WithoutDatabase(environment, ErrorProbes.Map);
        app["Cors:AllowedOrigins:0"] = Shop;
        app["Cors:AllowedOrigins:1"] = "http://localhost:5173";
        app["Cors:AllowedHeaders:0"] = "X-Tenant";

        return app;
    }

    private static Task<HttpResponseMessage> Send(
        HttpClient client, HttpMethod method, string origin, string path = "/api/v1/account")
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Origin", origin);
        if (method == HttpMethod.Options)
        {
            request.Headers.Add("Access-Control-Request-Method", "PUT");
            request.Headers.Add("Access-Control-Request-Headers", "authorization,if-match");
        }

        return client.SendAsync(request, Scenarios.Ct);
    }

    private static string Header(HttpResponseMessage response, string name) =>
        Assert.Single(response.Headers.GetValues(name));

    private static IEnumerable<string> CorsHeaders(HttpResponseMessage response) =>
        response.Headers.Select(header => header.Key).Where(name => name.StartsWith("Access-Control-"));
}
