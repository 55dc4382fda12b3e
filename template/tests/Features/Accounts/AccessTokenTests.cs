using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class AccessTokenTests(SharedApp app)
{
    // The baseline of ForgedTokenTests: each token there differs from this one in one property.
    [Fact]
    public async Task A_valid_token_is_accepted()
    {
        var token = await ForgedToken.Make(app);

        Assert.Equal(HttpStatusCode.OK, (await ForgedToken.Send(app, $"Bearer {token}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ForgedToken.Send(app, $"bearer {token}")).StatusCode);
    }

    [Fact]
    public async Task A_token_is_read_from_the_Authorization_header_only()
    {
        var token = await ForgedToken.Make(app);

        await ShouldBeUnauthenticated(new HttpRequestMessage(HttpMethod.Get, $"/api/v1/account?access_token={token}"));
        await ShouldBeUnauthenticated(new HttpRequestMessage(HttpMethod.Get, "/api/v1/account")
        {
            Headers = { { "Cookie", $"access_token={token}" } },
        });
        await ShouldBeUnauthenticated(new HttpRequestMessage(HttpMethod.Get, "/api/v1/account")
        {
            Headers = { { "X-Access-Token", token } },
        });
        await ShouldBeUnauthenticated(new HttpRequestMessage(HttpMethod.Get, "/api/v1/account")
        {
            Content = new FormUrlEncodedContent([new("access_token", token)]),
        });
    }

    [Theory]
    [InlineData("Basic {0}")]
    [InlineData("{0}")]
    [InlineData("Bearer")]
    [InlineData("Bearer{0}")]
    [InlineData("Bearer {0}, Bearer {0}")]
    [InlineData("Bearer {0} {0}")]
    public async Task A_malformed_Authorization_header_is_refused(string header)
    {
        var response = await ForgedToken.Send(app, string.Format(header, await ForgedToken.Make(app)));

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task A_refresh_token_is_not_an_access_token()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());

        var response = await ForgedToken.Send(app, $"Bearer {session.RefreshToken}");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task Without_a_token_the_response_asks_for_a_bearer_token()
    {
        using var client = app.CreateClient();

        var response = await client.Get("/api/v1/account");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task Signing_keys_rotate_without_ending_sessions()
    {
        var newKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
        var oldKey = app.Services.GetRequiredService<IOptions<JwtOptions>>().Value.SigningKeys[0];
        await using var rotated = await app.Another(other =>
        {
            other["Jwt:SigningKeys:0"] = newKey;
            other["Jwt:SigningKeys:1"] = oldKey;
        });
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(rotated);

        Assert.True(await there.IsSignedIn());
        var next = await (await there.Refresh(session.RefreshToken)).Json();

        Assert.NotEqual(KeyOf(session.AccessToken), KeyOf(next.Text("accessToken")));
        await (await ForgedToken.Send(app, $"Bearer {next.Text("accessToken")}"))
            .ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

    /// <summary>The claim of a token, which is not verified.</summary>
    public static string Claim(string token, string name) =>
        JsonElement.Parse(Base64Url.DecodeFromChars(token.Split('.')[1])).Text(name);

    private async Task ShouldBeUnauthenticated(HttpRequestMessage request)
    {
        using var client = app.CreateClient();

        var response = await client.SendAsync(request, Scenarios.Ct);

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    private static string KeyOf(string token) =>
        JsonElement.Parse(Base64Url.DecodeFromChars(token.Split('.')[0])).Text("kid");
}
