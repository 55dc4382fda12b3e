using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Tests.Platform.Errors;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Edge;

public sealed class HttpsTests
{
    [Theory]
    [InlineData("/health/live", HttpStatusCode.OK)]
    [InlineData("/api/v1/account", HttpStatusCode.Unauthorized)]
    [InlineData("/probe/crash", HttpStatusCode.InternalServerError)]
    public async Task Over_https_every_response_has_HSTS(string path, HttpStatusCode status)
    {
        await using var app = await Production("https").Started();
        using var client = app.CreateClient();

        var response = await client.Get(path);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(
            "max-age=31536000; includeSubDomains", response.Headers.GetValues("Strict-Transport-Security").Single());
    }

    [Fact]
    public async Task Localhost_has_no_HSTS_because_other_apps_there_have_no_https()
    {
        await using var app = await Production("https").Started();
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.Host = "localhost:5080";

        Assert.False((await client.Get("/health/live")).Headers.Contains("Strict-Transport-Security"));
    }

    // A redirect to https would hide that the client has sent its access token unencrypted.
    [Fact]
    public async Task Over_http_there_is_no_HSTS_and_no_redirect()
    {
        await using var app = await Production("http").Started();
        using var client = app.CreateClient();

        foreach (var path in (string[])["/health/live", "/api/v1/account", "/confirm-email"])
        {
            var response = await client.Get(path);

            Assert.False(response.Headers.Contains("Strict-Transport-Security"));
            Assert.Null(response.Headers.Location);
            Assert.NotInRange((int)response.StatusCode, 300, 399);
        }
    }

    private static App Production(string scheme)
    {
        var app = new App
        {
            Environment = "Production",
            Routes = ErrorProbes.Map,
            Replace = services => services.AddSingleton<IStartupFilter>(new BehindProxy(scheme)),
        };
        foreach (var (key, value) in Apps.ProductionSettings)
        {
            app[key] = value;
        }

        return app;
    }

    private sealed class BehindProxy(string scheme) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                context.Request.Scheme = scheme;

                return following(context);
            });
            next(app);
        };
    }
}
