using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

public sealed class IdTests(SharedApp app)
{
    [Theory]
    [InlineData("N", "{0}")]
    [InlineData("B", "{0}")]
    [InlineData("P", "{0}")]
    [InlineData("X", "{0}")]
    [InlineData("D", "%20{0}")]
    [InlineData("D", "{0}%20")]
    [InlineData("D", "{0}%0A")]
    public async Task An_id_in_another_form_is_not_found(string format, string text)
    {
        using var client = await app.SignedInClient();
        var id = string.Format(text, Uri.EscapeDataString((await SessionOf(client)).ToString(format)));

        var response = await client.Send(HttpMethod.Delete, $"/api/v1/account/sessions/{id}");

        await response.ShouldBe(HttpStatusCode.NotFound, "not-found");
        Assert.True(await client.IsSignedIn());
    }

    [Fact]
    public async Task An_id_may_be_in_upper_case()
    {
        using var client = await app.SignedInClient();
        var id = $"{await SessionOf(client)}".ToUpperInvariant();

        var response = await client.Send(HttpMethod.Delete, $"/api/v1/account/sessions/{id}");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private static async Task<Guid> SessionOf(HttpClient client)
    {
        var sessions = await (await client.Get("/api/v1/account/sessions")).Json();

        return Guid.Parse(sessions[0].Text("id"));
    }
}
