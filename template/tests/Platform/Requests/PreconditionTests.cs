using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Api.Requests;
using ProdReady.Application;
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
    [InlineData("W/\"2\"")] // nginx, CDNs
    [InlineData("\"2-gzip\"")] // Apache
    [InlineData("W/\"2-zstd\"")]
    [InlineData("\"1\", \"2--gzip\"")] // Jetty
    public async Task A_change_of_the_current_version_is_accepted(string ifMatch)
    {
        using var client = app.CreateClient();

        var response = await client.Send(HttpMethod.Put, "/probe/required", body: null, ifMatch);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("W/\"1\"")]
    [InlineData("\"1-gzip\"")]
    [InlineData("\"2-1\"")]
    [InlineData("\"2-gzip-gzip\"")]
    [InlineData("\"12-gzip\"")]
    [InlineData("\"\"")]
    [InlineData("\"-gzip\"")]
    [InlineData("\"99999999999999999999\"")]
    public async Task A_change_of_any_other_version_is_refused(string ifMatch)
    {
        using var client = app.CreateClient();

        var required = await client.Send(HttpMethod.Put, "/probe/required", body: null, ifMatch);
        var optional = await client.Send(HttpMethod.Put, "/probe/optional", body: null, ifMatch);

        await required.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
        await optional.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
    }

    [Theory]
    [InlineData("\"2\"", true)]
    [InlineData("W/\"2\"", true)]
    [InlineData("\"2-br\"", true)]
    [InlineData("W/\"1\"", false)]
    public async Task A_copy_is_current_also_with_the_tag_that_a_compressing_proxy_made(string tag, bool isCurrent)
    {
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("If-None-Match", tag);

        var response = await client.Get("/probe/current");

        Assert.Equal(isCurrent, await response.Content.ReadFromJsonAsync<bool>(Scenarios.Ct));
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
    [InlineData("/probe/found", "\"1\"", HttpStatusCode.OK)]
    [InlineData("/probe/found", "\"1\", \"2\"", HttpStatusCode.NotModified)]
    [InlineData("/probe/none", "\"2\"", HttpStatusCode.NotFound)]
    public async Task What_is_found_is_sent_with_its_version_unless_the_client_has_it(
        string path, string ifNoneMatch, HttpStatusCode expected)
    {
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("If-None-Match", ifNoneMatch);

        var response = await client.Get(path);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.NotFound ? null : "\"2\"", response.Headers.ETag?.Tag);
        var body = await response.Content.ReadAsStringAsync(Scenarios.Ct);
        Assert.Equal(expected == HttpStatusCode.NotModified, body == "");
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
            probe.MapGet("/current", (HttpRequest request) => request.HasVersion(2));
            probe.MapGet("/found", (HttpContext http) => http.FoundOrUnchanged(new Versioned(2)));
            probe.MapGet("/none", (HttpContext http) => http.FoundOrUnchanged<Versioned>(null));
            probe.MapPut("/optional", (HttpRequest request) => request.ReadIfMatch().Check(2));
        };
    }

    private sealed record Versioned(int Version) : IVersioned;
}
