using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class ForgedTokenTests(SharedApp app)
{
    // Each entry breaks one property of a valid token, which is signed with the app's key for an existing session.
    private static readonly Dictionary<string, Action<ForgedToken>> Forgeries = new()
    {
        ["expired"] = token => token.Payload["exp"] = ForgedToken.Seconds(-31),
        ["expires never"] = token => token.Payload.Remove("exp"),
        ["an expiry that is no number"] = token => token.Payload["exp"] = "tomorrow",
        ["expired before 1970"] = token => token.Payload["exp"] = -1,
        ["not valid yet"] = token =>
            (token.Payload["nbf"], token.Payload["exp"]) = (ForgedToken.Seconds(600), ForgedToken.Seconds(900)),
        ["another issuer"] = token => token.Payload["iss"] = "another",
        ["an issuer in upper case"] = token => token.Payload["iss"] = "APP",
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
        ["a session of another user"] = token => token.Payload["sid"] = $"{token.OtherSessionId}",
        ["another type"] = token => token.Header["typ"] = "JWT",
        ["no type"] = token => token.Header.Remove("typ"),
        ["no algorithm"] = token => token.Header.Remove("alg"),
        ["the algorithm none"] = token => token.Header["alg"] = "none",
        ["the algorithm nOnE"] = token => token.Header["alg"] = "nOnE",
        ["the algorithm none and no signature"] = token => (token.Header["alg"], token.Sign) = ("none", _ => []),
        ["no signature"] = token => token.Sign = _ => [],
        ["HS384 with the right key"] = token => (token.Header["alg"], token.Sign) =
            ("HS384", text => HMACSHA384.HashData(token.Key, text)),
        ["HS512 with the right key"] = token => (token.Header["alg"], token.Sign) =
            ("HS512", text => HMACSHA512.HashData(token.Key, text)),
        ["an asymmetric algorithm"] = token => token.Header["alg"] = "RS256",
        ["an algorithm in lower case"] = token => token.Header["alg"] = "hs256",
        ["another key under the same kid"] = token => token.Sign = text => HMACSHA256.HashData(new byte[32], text),
        ["an empty key"] = token => token.Sign = text => HMACSHA256.HashData(Array.Empty<byte>(), text),
        ["half a signature"] = token => token.Sign = text => HMACSHA256.HashData(token.Key, text)[..16],
        ["an unknown key"] = token => token.Header["kid"] = "unknown",
        ["a path as kid"] = token => token.Header["kid"] = "../../../../dev/null",
        ["no kid"] = token => token.Header.Remove("kid"),
        ["an unknown critical header"] = token =>
            (token.Header["crit"], token.Header["b64"]) = (new JsonArray("b64"), false),
        ["changed after signing"] = token => token.Change = text => text.Replace(
            ForgedToken.Encode(token.Payload),
            ForgedToken.Encode(new JsonObject { ["sub"] = $"{token.UserId}", ["role"] = "admin" })),
        ["two parts"] = token => token.Change = text => text[..text.LastIndexOf('.')],
        ["four parts"] = token => token.Change = text => text + ".e30",
        ["five parts"] = token => token.Change = text => text + ".e30.e30",
        ["no JSON inside"] = token => token.Change = text => $"AAAA.{text.Split('.', 2)[1]}",
        ["padding"] = token => token.Change = text => text + "==",
        ["not a token"] = token => token.Change = _ => "token",
    };

    public static TheoryData<string> ForgeryNames => [.. Forgeries.Keys];

    [Theory]
    [MemberData(nameof(ForgeryNames))]
    public async Task A_token_with_one_wrong_property_is_refused(string name)
    {
        var token = await ForgedToken.Make(app, Forgeries[name]);

        var response = await ForgedToken.Send(app, $"Bearer {token}");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.StartsWith("Bearer error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task A_key_or_an_address_in_a_token_is_ignored()
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
            var token = await ForgedToken.Make(app, forged =>
            {
                forged.Header[header] = value.DeepClone();
                forged.Header["kid"] = "own";
                forged.Sign = text => HMACSHA256.HashData(own, text);
            });

            var response = await ForgedToken.Send(app, $"Bearer {token}");

            await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        }

        Assert.Empty(attacker.Received);
    }
}
