using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Api.Requests;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>ETags and If-Match, on a route whose resource has version 2.</summary>
public sealed class PreconditionTests(PreconditionTests.AppWithVersions app)
    : IClassFixture<PreconditionTests.AppWithVersions>
{
    [Theory]
    [InlineData("\"2\"")]
    [InlineData("\"1\", \"2\"")]
    [InlineData("*")]
    public async Task A_change_of_the_current_version_is_accepted(string ifMatch)
    {
        using var client = app.CreateClient();

        var response = await client.Send(HttpMethod.Put, "/probe/required", body: null, ifMatch);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("W/\"2\"")]
    [InlineData("\"99999999999999999999\"")]
    public async Task A_change_of_any_other_version_is_refused(string ifMatch)
    {
        using var client = app.CreateClient();

        var required = await client.Send(HttpMethod.Put, "/probe/required", body: null, ifMatch);
        var optional = await client.Send(HttpMethod.Put, "/probe/optional", body: null, ifMatch);

        await required.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
        await optional.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
    }

    [Fact]
    public async Task Only_a_route_that_requires_the_header_refuses_without_it()
    {
        using var client = app.CreateClient();

        var required = await client.Send(HttpMethod.Put, "/probe/required");
        var optional = await client.Send(HttpMethod.Put, "/probe/optional");

        await required.ShouldBe(HttpStatusCode.PreconditionRequired, "precondition-required");
        Assert.Equal(HttpStatusCode.OK, optional.StatusCode);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("\"2")]
    [InlineData("\"1\" \"2\"")]
    public async Task A_malformed_header_is_refused(string ifMatch)
    {
        using var client = app.CreateClient();

        var response = await client.Send(HttpMethod.Put, "/probe/optional", body: null, ifMatch);

        await response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
    }

    public sealed class AppWithVersions : App
    {
        public AppWithVersions() => Routes = routes =>
        {
            var probe = routes.MapGroup("/probe").AllowAnonymous();
            probe.MapPut("/required", (HttpRequest request) => request.ReadIfMatch().Require(2));
            probe.MapPut("/optional", (HttpRequest request) => request.ReadIfMatch().Check(2));
        };
    }
}
