using System.Net;
using System.Text;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Idempotency;

/// <summary>Which values of the Idempotency-Key header are accepted.</summary>
public sealed class IdempotencyKeyFormatTests(AppWithSampleResource app) : IClassFixture<AppWithSampleResource>
{
    [Fact]
    public async Task A_key_may_be_a_token_or_a_quoted_string()
    {
        using var client = await app.SignedInClient();

        await client.CreateSample("\"abc\"");

        Assert.True((await client.CreateSample("abc")).IsReplayed());
    }

    [Theory]
    [InlineData("!")]
    [InlineData("a,b;c=d\\~")]
    [InlineData("5f0d7c1e-9a51-4c8e-8a35-0d3c1b6f2e47")]
    public async Task A_key_has_any_visible_ASCII_characters(string key)
    {
        using var client = await app.SignedInClient();

        Assert.Equal(HttpStatusCode.Created, (await client.CreateSample(key)).StatusCode);
        Assert.True((await client.CreateSample(key)).IsReplayed());
    }

    [Fact]
    public async Task A_key_has_at_most_255_characters()
    {
        using var client = await app.SignedInClient();

        var longest = await client.CreateSample($"\"{new string('a', 255)}\"");
        var tooLong = await client.CreateSample(new string('a', 256));

        Assert.Equal(HttpStatusCode.Created, longest.StatusCode);
        await tooLong.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("\"")]
    [InlineData("\"abc")]
    [InlineData("abc\"")]
    [InlineData("a\"c")]
    [InlineData("a c")]
    [InlineData("a\tc")]
    [InlineData("a, c")]
    [InlineData("schlüssel")]
    public async Task A_malformed_key_is_a_400_and_the_request_is_not_executed(string key)
    {
        var session = await app.SignedIn(await app.ConfirmedUser());
        using var sockets = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using var client = new HttpClient(sockets)
        {
            BaseAddress = session.Client.BaseAddress,
            DefaultRequestHeaders = { Authorization = new("Bearer", session.AccessToken) },
        };
        var name = SampleResource.NewName();

        var response = await client.CreateSample(key, name);

        await response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
        Assert.Equal(0, await app.CountSamples(name));
    }
}
