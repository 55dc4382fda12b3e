using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

/// <summary>An access token that is built by hand, so that a test can change each part of it.</summary>
internal sealed class ForgedToken
{
    public required byte[] Key { get; init; }

    public required string UserId { get; init; }

    public required string OtherSessionId { get; init; }

    public required JsonObject Header { get; init; }

    public required JsonObject Payload { get; init; }

    public Func<byte[], byte[]> Sign { get; set; } = null!;

    public Func<string, string> Change { get; set; } = token => token;

    /// <summary>A valid access token of a new user, after the change.</summary>
    public static async Task<string> Make(App app, Action<ForgedToken>? change = null)
    {
        using var victim = await app.SignedIn(await app.ConfirmedUser());
        using var other = await app.SignedIn(await app.ConfirmedUser());
        var jwt = app.Services.GetRequiredService<IOptions<JwtOptions>>().Value;
        var key = jwt.SecurityKeys()[0];
        var forgery = new ForgedToken
        {
            Key = key.Key,
            UserId = AccessTokenTests.Claim(victim.AccessToken, "sub"),
            OtherSessionId = AccessTokenTests.Claim(other.AccessToken, "sid"),
            Header = new() { ["alg"] = "HS256", ["kid"] = key.KeyId, ["typ"] = "at+jwt" },
            Payload = new()
            {
                ["iss"] = jwt.Issuer,
                ["aud"] = jwt.Audience,
                ["sub"] = AccessTokenTests.Claim(victim.AccessToken, "sub"),
                ["sid"] = AccessTokenTests.Claim(victim.AccessToken, "sid"),
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

    public static long Seconds(int fromNow) => DateTimeOffset.UtcNow.AddSeconds(fromNow).ToUnixTimeSeconds();

    public static string Encode(JsonObject json) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));

    /// <summary>Requests the account with this Authorization header.</summary>
    public static async Task<HttpResponseMessage> Send(App app, string authorization)
    {
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);

        return await client.Get("/api/v1/account");
    }
}
