using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Auth;

public sealed class RefreshTests(SharedApp app)
{
    [Fact]
    public async Task A_refresh_token_gives_the_next_tokens()
    {
        using var client = app.CreateClient();
        var first = await client.SignIn(await app.ConfirmedUser());

        var second = await (await Refresh(client, first.Text("refreshToken"))).Json();
        var third = await Refresh(client, second.Text("refreshToken"));

        Assert.NotEqual(first.Text("refreshToken"), second.Text("refreshToken"));
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task Parallel_tabs_get_the_same_successor_and_stay_signed_in()
    {
        using var client = app.CreateClient();
        var tokens = await client.SignIn(await app.ConfirmedUser());

        var responses = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => Refresh(client, tokens.Text("refreshToken"))));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        var answers = await Task.WhenAll(responses.Select(response => response.Json()));
        var successor = Assert.Single(answers.Select(answer => answer.Text("refreshToken")).Distinct());
        Assert.Equal(HttpStatusCode.OK, (await Refresh(client, successor)).StatusCode);
    }

    [Fact]
    public async Task A_token_that_was_replaced_long_ago_ends_its_session_and_no_other()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();
        var stolen = await client.SignIn(email);
        var other = await client.SignIn(email);
        var second = await (await Refresh(client, stolen.Text("refreshToken"))).Json();
        var third = await (await Refresh(client, second.Text("refreshToken"))).Json();

        var replay = await Refresh(client, stolen.Text("refreshToken"));

        await replay.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        Assert.Equal(HttpStatusCode.Unauthorized, (await Refresh(client, third.Text("refreshToken"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Refresh(client, other.Text("refreshToken"))).StatusCode);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_was_not_made_here_is_refused(string refreshToken)
    {
        using var client = app.CreateClient();

        var response = await Refresh(client, refreshToken);

        await response.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
    }

    [Fact]
    public async Task An_access_token_refreshes_nothing()
    {
        using var client = app.CreateClient();
        var tokens = await client.SignIn(await app.ConfirmedUser());

        var response = await Refresh(client, tokens.Text("accessToken"));

        await response.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
    }

    private static Task<HttpResponseMessage> Refresh(HttpClient client, string refreshToken) =>
        client.Post("/api/v1/auth/refresh", new { refreshToken });
}
