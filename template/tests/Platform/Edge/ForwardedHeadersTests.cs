using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Builder;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Edge;

/// <summary>Address and scheme of the client come from known proxies only.</summary>
public sealed class ForwardedHeadersTests : IAsyncLifetime
{
    private const string Proxy = "10.1.0.5";
    private const string OuterProxy = "10.2.0.5";
    private const string Ada = "203.0.113.7";

    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(Proxy, Ada, Ada)]
    [InlineData("::ffff:10.1.0.5", Ada, Ada)]
    [InlineData(Proxy, $"1.2.3.4, {Ada}", Ada)]
    [InlineData(Proxy, $"{Proxy}, 1.2.3.4, {Ada}", Ada)]
    [InlineData(Proxy, $"1.2.3.4, {Ada}, {OuterProxy}", Ada)]
    [InlineData(Proxy, "2001:db8::7", "2001:db8::7")]
    [InlineData(Proxy, "[2001:db8::7]:5000", "2001:db8::7")]
    [InlineData(Proxy, $"{Ada}:5000", Ada)]
    [InlineData(Proxy, "", Proxy)]
    [InlineData(Proxy, "unknown", Proxy)]
    [InlineData(Proxy, $"{Ada}, <script>", Proxy)]
    [InlineData(Proxy, ",,,;=\"", Proxy)]
    [InlineData("10.3.0.5", Ada, "10.3.0.5")]
    [InlineData("127.0.0.1", Ada, "127.0.0.1")]
    [InlineData("::1", Ada, "::1")]
    public async Task The_client_is_the_last_address_of_no_known_proxy(string peer, string forwarded, string client)
    {
        await using var app = await Behind(Proxy, OuterProxy).Started();
        using var http = app.ClientAt(peer);
        http.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-For", forwarded);

        Assert.Equal($"{client} http app.example", await http.Seen());
    }

    [Fact]
    public async Task A_known_proxy_sets_the_scheme_but_not_the_host()
    {
        await using var app = await Behind(Proxy).Started();
        using var proxy = app.ClientAt(Proxy);
        using var direct = app.ClientAt(Ada);
        foreach (var client in (HttpClient[])[proxy, direct])
        {
            client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.1");
            client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
            client.DefaultRequestHeaders.Add("X-Forwarded-Host", "evil.example");
            client.DefaultRequestHeaders.Add("X-Forwarded-Prefix", "/evil");
        }

        Assert.Equal("198.51.100.1 https app.example", await proxy.Seen());
        Assert.Equal($"{Ada} http app.example", await direct.Seen());
    }

    [Fact]
    public async Task Clients_behind_a_proxy_have_limits_of_their_own()
    {
        const int limit = 3;
        await using var app = await Behind(limit, Proxy).Started();
        using var ada = app.ClientAt(Proxy);
        using var bob = app.ClientAt(Proxy);
        bob.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.8");

        for (var i = 0; i <= limit; i++)
        {
            ada.DefaultRequestHeaders.Remove("X-Forwarded-For");
            ada.DefaultRequestHeaders.Add("X-Forwarded-For", $"198.51.100.{i}, {Ada}");

            Assert.Equal(i == limit, (await ada.AskForMail()).StatusCode == HttpStatusCode.TooManyRequests);
        }

        Assert.Equal(HttpStatusCode.Accepted, (await bob.AskForMail()).StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_known_proxy_no_header_changes_the_address_of_the_client(bool isFrameworkTrusting)
    {
        const int limit = 3;
        await using var app = Behind(limit);
        // What ASPNETCORE_FORWARDEDHEADERS_ENABLED sets.
        app["FORWARDEDHEADERS_ENABLED"] = isFrameworkTrusting ? "true" : "false";
        await app.InitializeAsync();

        for (var i = 0; i <= limit; i++)
        {
            using var client = app.CreateClient();
            foreach (var header in (string[])["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"])
            {
                client.DefaultRequestHeaders.TryAddWithoutValidation(header, $"203.0.113.{i}");
            }

            Assert.Equal(i == limit, (await client.AskForMail()).StatusCode == HttpStatusCode.TooManyRequests);
        }
    }

    [Fact]
    public async Task The_framework_trusts_only_the_known_proxies()
    {
        await using var app = Behind(Proxy);
        app["FORWARDEDHEADERS_ENABLED"] = "true";
        await app.InitializeAsync();
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", Ada);

        Assert.Equal("127.0.0.1 http app.example", await client.Seen());
    }

    private static App Behind(params string[] proxies) => Behind(limit: 1_000, proxies);

    private static App Behind(int limit, params string[] proxies)
    {
        var app = new App
        {
            Replace = Addresses.Add,
            Routes = routes => routes.MapGet("/probe/seen", Seen).AllowAnonymous(),
            ["RateLimits:Auth:PermitLimit"] = $"{limit}",
            ["RateLimits:Auth:Window"] = "1.00:00:00",
        };
        for (var i = 0; i < proxies.Length; i++)
        {
            app[$"Proxy:KnownNetworks:{i}"] = $"{proxies[i]}/32";
        }

        return app;
    }

    private static string Seen(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress!;
        var client = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

        return $"{client} {http.Request.Scheme} {http.Request.Host}";
    }
}

file static class ProxyStories
{
    /// <summary>The address, scheme and host of the client as the app sees them.</summary>
    public static async Task<string> Seen(this HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/probe/seen");
        request.Headers.Host = "app.example";
        using var response = await client.SendAsync(request, Scenarios.Ct);

        return await response.Content.ReadAsStringAsync(Scenarios.Ct);
    }
}
