using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using ProdReady.Api.Requests;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>How large a request may be. <see cref="RequestTimeoutTests"/> has how long it may take.</summary>
public sealed class RequestLimitsTests(RequestLimitsTests.AppWithLimits app)
    : IClassFixture<RequestLimitsTests.AppWithLimits>
{
    private const int MaxBodyBytes = 10_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_is_too_large_is_413(bool hasContentLength)
    {
        using var client = app.CreateClient();
        foreach (var path in (string[])["/api/v1/auth/login", "/probe/bodies"])
        {
            var body = new StringContent($"\"{new string('a', MaxBodyBytes)}\"", Encoding.UTF8, "application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
            request.Headers.TransferEncodingChunked = !hasContentLength;

            var response = await client.SendAsync(request, Scenarios.Ct);

            await response.ShouldBe(HttpStatusCode.RequestEntityTooLarge, "payload-too-large");
        }
    }

    [Fact]
    public async Task A_route_can_accept_larger_bodies()
    {
        using var client = app.CreateClient();

        var within = await client.PostRaw("/probe/long-bodies", $"\"{new string('a', 2 * MaxBodyBytes)}\"");
        var beyond = await client.PostRaw("/probe/long-bodies", $"\"{new string('a', 3 * MaxBodyBytes)}\"");

        Assert.Equal(HttpStatusCode.OK, within.StatusCode);
        await beyond.ShouldBe(HttpStatusCode.RequestEntityTooLarge, "payload-too-large");
    }

    [Theory]
    [InlineData(30, HttpStatusCode.OK)]
    [InlineData(40, HttpStatusCode.BadRequest)]
    [InlineData(1_000, HttpStatusCode.BadRequest)]
    public async Task Deeply_nested_json_is_malformed(int depth, HttpStatusCode expected)
    {
        using var client = app.CreateClient();
        var inner = string.Concat(Enumerable.Repeat("{\"a\":", depth));
        var nest = $"{inner}null{new string('}', depth)}";

        var response = await client.PostRaw("/probe/nests", nest);

        Assert.Equal(expected, response.StatusCode);
        if (expected != HttpStatusCode.OK)
        {
            await response.ShouldBe(expected, "malformed-request");
        }
    }

    [Fact]
    public async Task An_address_that_is_too_long_is_414()
    {
        using var client = app.CreateClient();

        var response = await client.Get($"/nothing-here?x={new string('a', 9_000)}");

        Assert.Equal(HttpStatusCode.RequestUriTooLong, response.StatusCode);
    }

    public sealed class AppWithLimits : App
    {
        public AppWithLimits()
        {
            this["Requests:MaxBodyBytes"] = $"{MaxBodyBytes}";
            Routes = routes =>
            {
                var probe = routes.MapGroup("/probe").AllowAnonymous().WithValidation();
                probe.MapPost("/bodies", ([FromBody] string text) => text.Length);
                probe.MapPost("/long-bodies", ([FromBody] string text) => text.Length)
                    .WithMetadata(new RequestSizeLimitAttribute((2 * MaxBodyBytes) + 100));
                probe.MapPost("/nests", (Nest nest) => nest.A is null);
            };
        }
    }

    private sealed class Nest
    {
        public Nest? A { get; init; }
    }
}
