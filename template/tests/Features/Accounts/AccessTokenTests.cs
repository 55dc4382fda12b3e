using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class AccessTokenTests(SharedApp app)
{
    // Each makes one thing wrong with a token that is as good as ours in every other way: it is signed with our key,
    // for a user and a session that exist.
    private static readonly Dictionary<string, Action<Forgery>> Forgeries = new()
    {
        ["expired"] = token => token.Payload["exp"] = Seconds(-31),
        ["expires never"] = token => token.Payload.Remove("exp"),
        ["expires in words"] = token => token.Payload["exp"] = "tomorrow",
        ["expired before 1970"] = token => token.Payload["exp"] = -1,
        ["not good yet"] = token => (token.Payload["nbf"], token.Payload["exp"]) = (Seconds(600), Seconds(900)),
        ["another issuer"] = token => token.Payload["iss"] = "another",
        ["an issuer in capitals"] = token => token.Payload["iss"] = "APP",
        ["no issuer"] = token => token.Payload.Remove("iss"),
        ["another audience"] = token => token.Payload["aud"] = "another",
        ["an audience with a slash"] = token => token.Payload["aud"] = "app/",
        ["several audiences"] = token => token.Payload["aud"] = new JsonArray("app", "another"),
        ["no audience"] = token => token.Payload.Remove("aud"),
        ["no subject"] = token => token.Payload.Remove("sub"),
        ["a subject that does not exist"] = token => token.Payload["sub"] = $"{Guid.NewGuid()}",
        ["a subject that is no id"] = token => token.Payload["sub"] = "admin",
        ["several subjects"] = token => token.Payload["sub"] = new JsonArray($"{token.UserId}", $"{Guid.NewGuid()}"),
        ["no session"] = token => token.Payload.Remove("sid"),
        ["a session that does not exist"] = token => token.Payload["sid"] = $"{Guid.NewGuid()}",
        ["a session of somebody else"] = token => token.Payload["sid"] = $"{token.OtherSessionId}",
        ["another type"] = token => token.Header["typ"] = "JWT",
        ["no type"] = token => token.Header.Remove("typ"),
        ["no algorithm"] = token => token.Header.Remove("alg"),
        ["the algorithm none"] = token => token.Header["alg"] = "none",
        ["the algorithm nOnE"] = token => token.Header["alg"] = "nOnE",
        ["none, and no signature"] = token => (token.Header["alg"], token.Sign) = ("none", _ => []),
        ["no signature"] = token => token.Sign = _ => [],
        ["HS384 with the right key"] = token => (token.Header["alg"], token.Sign) =
            ("HS384", text => HMACSHA384.HashData(token.Key, text)),
        ["HS512 with the right key"] = token => (token.Header["alg"], token.Sign) =
            ("HS512", text => HMACSHA512.HashData(token.Key, text)),
        ["an asymmetric algorithm"] = token => token.Header["alg"] = "RS256",
        ["an algorithm in small letters"] = token => token.Header["alg"] = "hs256",
        ["another key under our name"] = token => token.Sign = text => HMACSHA256.HashData(new byte[32], text),
        ["an empty key"] = token => token.Sign = text => HMACSHA256.HashData(Array.Empty<byte>(), text),
        ["half a signature"] = token => token.Sign = text => HMACSHA256.HashData(token.Key, text)[..16],
        ["a key that nobody knows"] = token => token.Header["kid"] = "unknown",
        ["a key named by a path"] = token => token.Header["kid"] = "../../../../dev/null",
        ["no name of a key"] = token => token.Header.Remove("kid"),
        ["what is critical and unknown"] = token =>
            (token.Header["crit"], token.Header["b64"]) = (new JsonArray("b64"), false),
        ["changed after signing"] = token => token.Change = text => text.Replace(
            Encode(token.Payload), Encode(new JsonObject { ["sub"] = $"{token.UserId}", ["role"] = "admin" })),
        ["two parts"] = token => token.Change = text => text[..text.LastIndexOf('.')],
        ["four parts"] = token => token.Change = text => text + ".e30",
        ["five parts"] = token => token.Change = text => text + ".e30.e30",
        ["no JSON inside"] = token => token.Change = text => $"AAAA.{text.Split('.', 2)[1]}",
        ["padding"] = token => token.Change = text => text + "==",
        ["not a token"] = token => token.Change = _ => "token",
    };

    public static TheoryData<string> ForgeryNames => [.. Forgeries.Keys];

    // Or the other facts here would hold for the wrong reason.
    [Fact]
    public async Task A_token_that_is_made_like_ours_is_accepted()
    {
        var token = await Forge();

        Assert.Equal(HttpStatusCode.OK, (await Call($"Bearer {token}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Call($"bearer {token}")).StatusCode);
    }

    [Theory]
    [MemberData(nameof(ForgeryNames))]
    public async Task Any_other_is_refused(string name)
    {
        var token = await Forge(Forgeries[name]);

        var response = await Call($"Bearer {token}");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.StartsWith("Bearer error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task A_token_brings_no_key_along_and_sends_us_nowhere()
    {
        await using var attacker = await Collector.Start();
        var own = RandomNumberGenerator.GetBytes(32);
        var url = $"http://{attacker.Authority}/keys";

        foreach (var (header, value) in new (string, JsonNode)[]
            {
                ("jwk", new JsonObject { ["kty"] = "oct", ["kid"] = "own", ["k"] = Base64Url.EncodeToString(own) }),
                ("jku", url),
                ("x5u", url),
                ("x5c", new JsonArray(Convert.ToBase64String(own))),
                ("iss", url),
            })
        {
            var token = await Forge(forged =>
            {
                forged.Header[header] = value.DeepClone();
                forged.Header["kid"] = "own";
                forged.Sign = text => HMACSHA256.HashData(own, text);
            });

            await (await Call($"Bearer {token}")).ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        }

        Assert.Empty(attacker.Received);
    }

    [Fact]
    public async Task A_token_counts_in_the_Authorization_header_only()
    {
        var token = await Forge();

        await ShouldBeStranger(new HttpRequestMessage(HttpMethod.Get, $"/api/v1/account?access_token={token}"));
        await ShouldBeStranger(new HttpRequestMessage(HttpMethod.Get, "/api/v1/account")
        {
            Headers = { { "Cookie", $"access_token={token}" } },
        });
        await ShouldBeStranger(new HttpRequestMessage(HttpMethod.Get, "/api/v1/account")
        {
            Headers = { { "X-Access-Token", token } },
        });
        await ShouldBeStranger(new HttpRequestMessage(HttpMethod.Get, "/api/v1/account")
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
    public async Task Another_header_is_no_sign_in(string header)
    {
        var response = await Call(string.Format(header, await Forge()));

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task A_refresh_token_is_no_access_token()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());

        var response = await Call($"Bearer {session.RefreshToken}");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task Without_a_token_the_answer_says_which_kind_is_wanted()
    {
        using var client = app.CreateClient();

        var response = await client.Get("/api/v1/account");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task Keys_rotate_without_signing_anybody_out()
    {
        var newKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
        var oldKey = Jwt.SigningKeys[0];
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
        await (await Call($"Bearer {next.Text("accessToken")}")).ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

    /// <summary>What a token says, whoever made it.</summary>
    public static string Claim(string token, string name) =>
        JsonElement.Parse(Base64Url.DecodeFromChars(token.Split('.')[1])).Text(name);

    private JwtOptions Jwt => app.Services.GetRequiredService<IOptions<JwtOptions>>().Value;

    private async Task ShouldBeStranger(HttpRequestMessage request)
    {
        using var client = app.CreateClient();

        var response = await client.SendAsync(request, Stories.Ct);

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    private async Task<HttpResponseMessage> Call(string authorization)
    {
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);

        return await client.Get("/api/v1/account");
    }

    private async Task<string> Forge(Action<Forgery>? change = null)
    {
        using var victim = await app.SignedIn(await app.ConfirmedUser());
        using var other = await app.SignedIn(await app.ConfirmedUser());
        var key = Jwt.SecurityKeys()[0];
        var forgery = new Forgery
        {
            Key = key.Key,
            UserId = Claim(victim.AccessToken, "sub"),
            OtherSessionId = Claim(other.AccessToken, "sid"),
            Header = new() { ["alg"] = "HS256", ["kid"] = key.KeyId, ["typ"] = "at+jwt" },
            Payload = new()
            {
                ["iss"] = Jwt.Issuer,
                ["aud"] = Jwt.Audience,
                ["sub"] = Claim(victim.AccessToken, "sub"),
                ["sid"] = Claim(victim.AccessToken, "sid"),
                ["jti"] = $"{Guid.NewGuid()}",
                ["iat"] = Seconds(0),
                ["exp"] = Seconds(300),
            },
        };
        forgery.Sign = text => HMACSHA256.HashData(forgery.Key, text);
        change?.Invoke(forgery);

        var signed = $"{Encode(forgery.Header)}.{Encode(forgery.Payload)}";
        var signature = Base64Url.EncodeToString(forgery.Sign(Encoding.ASCII.GetBytes(signed)));

        return forgery.Change($"{signed}.{signature}");
    }

    private static string KeyOf(string token) =>
        JsonElement.Parse(Base64Url.DecodeFromChars(token.Split('.')[0])).Text("kid");

    private static long Seconds(int fromNow) => DateTimeOffset.UtcNow.AddSeconds(fromNow).ToUnixTimeSeconds();

    private static string Encode(JsonObject json) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));

    private sealed class Forgery
    {
        public required byte[] Key { get; init; }

        public required string UserId { get; init; }

        public required string OtherSessionId { get; init; }

        public required JsonObject Header { get; init; }

        public required JsonObject Payload { get; init; }

        public Func<byte[], byte[]> Sign { get; set; } = null!;

        public Func<string, string> Change { get; set; } = token => token;
    }
}
