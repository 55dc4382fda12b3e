using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class SessionsTests(SharedApp app)
{
    [Fact]
    public async Task The_list_shows_every_session_and_marks_the_current_one()
    {
        var email = await app.ConfirmedUser();
        using var phone = await app.SignedIn(email);
        using var laptop = await app.SignedIn(email);
        laptop.Client.DefaultRequestHeaders.UserAgent.ParseAdd("Laptop/1.0");
        await laptop.Client.Refresh(laptop.RefreshToken);

        var sessions = await (await laptop.Client.Get("/api/v1/account/sessions")).Json();

        Assert.Equal(2, sessions.GetArrayLength());
        Assert.Equal(
            ["id", "createdAt", "lastUsedAt", "ipAddress", "userAgent", "current"],
            sessions[0].EnumerateObject().Select(member => member.Name));
        Assert.Equal("Laptop/1.0", sessions[0].Text("userAgent"));
        Assert.Equal("127.0.0.1", sessions[0].Text("ipAddress"));
        Assert.Equal([true, false], sessions.EnumerateArray().Select(s => s.GetProperty("current").GetBoolean()));
        Assert.True(
            sessions[0].GetProperty("lastUsedAt").GetDateTimeOffset()
            > sessions[0].GetProperty("createdAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_session_can_be_ended_from_another_device()
    {
        var email = await app.ConfirmedUser();
        using var lost = await app.SignedIn(email);
        using var here = await app.SignedIn(email);
        Assert.True(await lost.Client.IsSignedIn());

        var ended = await here.Client.DeleteAsync(PathOf(lost), Scenarios.Ct);
        var again = await here.Client.DeleteAsync(PathOf(lost), Scenarios.Ct);

        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        await again.ShouldBe(HttpStatusCode.NotFound, "not-found");
        Assert.False(await lost.Client.IsSignedIn());
        await (await lost.Client.Refresh(lost.RefreshToken))
            .ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        Assert.True(await here.Client.IsSignedIn());
    }

    [Fact]
    public async Task Sessions_of_other_users_are_not_found()
    {
        using var mine = await app.SignedIn(await app.ConfirmedUser());
        using var theirs = await app.SignedIn(await app.ConfirmedUser());

        var response = await mine.Client.DeleteAsync(PathOf(theirs), Scenarios.Ct);

        await response.ShouldBe(HttpStatusCode.NotFound, "not-found");
        Assert.True(await theirs.Client.IsSignedIn());
        Assert.Equal(1, (await (await mine.Client.Get("/api/v1/account/sessions")).Json()).GetArrayLength());
    }

    [Fact]
    public async Task All_other_sessions_can_be_ended_at_once()
    {
        var email = await app.ConfirmedUser();
        using var here = await app.SignedIn(email);
        using var there = await app.SignedIn(email);
        using var elsewhere = await app.SignedIn(email);
        using var otherUser = await app.SignedIn(await app.ConfirmedUser());
        Assert.True(await there.Client.IsSignedIn());

        var response = await here.Client.DeleteAsync("/api/v1/account/sessions", Scenarios.Ct);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.True(await here.Client.IsSignedIn());
        Assert.False(await there.Client.IsSignedIn());
        Assert.False(await elsewhere.Client.IsSignedIn());
        Assert.True(await otherUser.Client.IsSignedIn());
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("short\tand plain", "shortand plain")]
    public async Task A_User_Agent_is_reduced_to_printable_characters(string userAgent, string? shown) =>
        Assert.Equal(shown, await UserAgentOf(userAgent));

    [Fact]
    public async Task A_long_User_Agent_is_truncated() =>
        Assert.Equal(new string('x', 256), await UserAgentOf(new string('x', 5_000)));

    private async Task<string?> UserAgentOf(string userAgent)
    {
        var email = await app.ConfirmedUser();
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", userAgent);
        var tokens = await client.SignIn(email);
        client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Text("accessToken"));

        var sessions = await (await client.Get("/api/v1/account/sessions")).Json();

        return sessions[0].GetProperty("userAgent").GetString();
    }

    private static string PathOf(Scenarios.Session session) =>
        $"/api/v1/account/sessions/{AccessTokenTests.Claim(session.AccessToken, "sid")}";
}
