using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>An app behind a proxy that serves it below a path, and removes the path from the requests.</summary>
public sealed class LocationTests
{
    [Theory]
    [InlineData("https://example.com", "/probe/samples/")]
    [InlineData("https://example.com/", "/probe/samples/")]
    [InlineData("https://example.com/shop", "/shop/probe/samples/")]
    [InlineData("https://example.com/shop/back%20end/", "/shop/back%20end/probe/samples/")]
    public async Task A_location_begins_with_the_path_of_the_public_URL_also_when_it_is_replayed(
        string publicUrl, string expected)
    {
        await using var app = await new App { Routes = SampleResource.Map, ["App:PublicUrl"] = publicUrl }.Started();
        using var client = await app.SignedInClient();
        var key = SampleResource.NewName();

        var created = await client.CreateSample(key);
        var replayed = await client.CreateSample(key);

        Assert.StartsWith(expected, created.Headers.Location!.OriginalString);
        Assert.True(replayed.IsReplayed());
        Assert.Equal(created.Headers.Location, replayed.Headers.Location);
    }

    [Fact]
    public async Task It_stays_as_it_is_where_a_front_end_has_the_public_URL()
    {
        await using var app = await new App
        {
            Routes = SampleResource.Map,
            ["App:PublicUrl"] = "https://shop.example/app",
            ["App:ServePages"] = "false",
        }.Started();
        using var client = await app.SignedInClient();

        var created = await client.CreateSample(SampleResource.NewName());

        Assert.StartsWith("/probe/samples/", created.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_location_elsewhere_stays_as_it_is()
    {
        await using var app = await new App
        {
            Routes = routes => routes.MapGet("/probe", () => TypedResults.Created("https://other.example/1"))
                .AllowAnonymous(),
            ["App:PublicUrl"] = "https://example.com/shop",
        }.Started();
        using var client = app.CreateClient();

        var response = await client.Get("/probe");

        Assert.Equal("https://other.example/1", response.Headers.Location!.OriginalString);
    }
}
