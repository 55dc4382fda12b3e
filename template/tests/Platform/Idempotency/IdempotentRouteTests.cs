using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using ProdReady.Api.Idempotency;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Idempotency;

/// <summary>Which routes can accept an Idempotency-Key.</summary>
public sealed class IdempotentRouteTests(AppWithSampleResource app) : IClassFixture<AppWithSampleResource>
{
    [Fact]
    public async Task A_route_can_require_a_key_with_a_parameter_for_the_header()
    {
        using var client = await app.SignedInClient();

        var without = await client.Post(SampleResource.StrictPath, new { name = SampleResource.NewName() });
        var with = await client.CreateSample("k", path: SampleResource.StrictPath);

        await without.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
        Assert.Equal(HttpStatusCode.Created, with.StatusCode);
        var route = (await (await client.Get("/openapi/v1.json")).Json())
            .GetProperty("paths").GetProperty(SampleResource.StrictPath).GetProperty("post");
        var header = Assert.Single(route.GetProperty("parameters").EnumerateArray());
        Assert.Equal("Idempotency-Key", header.Text("name"), ignoreCase: true);
        Assert.True(header.GetProperty("required").GetBoolean());
    }

    [Fact]
    public async Task A_route_with_anonymous_requests_cannot_accept_a_key()
    {
        await using var open = new App
        {
            Routes = routes => routes.MapPost("/probe", () => "").AllowAnonymous().AcceptsIdempotencyKey(),
        };

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => open.Started());

        Assert.Contains("POST /probe accepts an Idempotency-Key and anonymous requests", exception.Message);
    }

    [Fact]
    public async Task A_route_whose_body_is_not_a_parameter_cannot_accept_a_key()
    {
        Func<IEndpointRouteBuilder, RouteHandlerBuilder>[] unseen =
        [
            routes => routes.MapPost("/probe", ([AsParameters] Envelope envelope) => envelope.Letter.Text),
            routes => routes.MapPost("/probe", (HttpRequest request) => "").Accepts<Letter>("application/json"),
            routes => routes.MapPost("/probe", (IFormFile file) => file.Name),
            routes => routes.MapPost("/probe", (IFormFile file) => file.Name).Accepts<IFormFile>("multipart/form-data"),
        ];

        foreach (var map in unseen)
        {
            await using var blind = new App { Routes = routes => map(routes).AcceptsIdempotencyKey() };

            var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => blind.Started());

            Assert.Contains(
                "POST /probe accepts an Idempotency-Key, but its body is not a parameter", exception.Message);
        }
    }

    private sealed record Letter(string Text);

    private sealed record Envelope([FromBody] Letter Letter);
}
