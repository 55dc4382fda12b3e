using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Edge;

public sealed class HostFilteringTests
{
    [Theory]
    [InlineData("app.example", true)]
    [InlineData("APP.example:8080", true)]
    [InlineData("eu.shop.example", true)]
    [InlineData("shop.example", false)]
    [InlineData("evil.example", false)]
    [InlineData("app.example.evil.example", false)]
    [InlineData("127.0.0.1", false)]
    public async Task Only_the_allowed_hosts_are_served(string host, bool isAllowed)
    {
        await using var app = Apps.WithoutDatabase("Production");
        app["AllowedHosts"] = "app.example; *.shop.example";
        await app.InitializeAsync();
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.Host = host;

        var response = await client.Get("/api/v1/account");

        await (isAllowed
            ? response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized")
            : response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request"));
        Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/live")).StatusCode);
    }
}
