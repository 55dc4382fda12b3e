using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class ChangePasswordTests(SharedApp app)
{
    private const string NewPassword = "eight blue kettles hum at dusk";

    [Fact]
    public async Task The_new_password_replaces_the_old_one_and_other_sessions_end()
    {
        var email = await app.ConfirmedUser();
        using var here = await app.SignedIn(email);
        using var there = await app.SignedIn(email);
        Assert.True(await there.Client.IsSignedIn());

        var response = await Change(here, Scenarios.Password, NewPassword);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.True(await here.Client.IsSignedIn());
        Assert.Equal(HttpStatusCode.OK, (await here.Client.Refresh(here.RefreshToken)).StatusCode);
        Assert.False(await there.Client.IsSignedIn());
        await (await there.Client.Refresh(there.RefreshToken))
            .ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        await (await here.Client.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        Assert.Equal(HttpStatusCode.OK, (await here.Client.LogIn(email, NewPassword)).StatusCode);
        Assert.Equal("Your password was changed", (await app.NewestMail(email, count: 2)).Subject);
    }

    [Fact]
    public async Task A_wrong_current_password_is_named_and_changes_nothing()
    {
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);

        await (await Change(session, "a wrong guess", NewPassword)).ShouldNameInvalid("currentPassword");

        Assert.Equal(HttpStatusCode.OK, (await session.Client.LogIn(email)).StatusCode);
    }

    [Theory]
    [InlineData("too short")]
    [InlineData("passwordpassword")]
    public async Task An_unacceptable_new_password_is_named(string newPassword)
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());

        await (await Change(session, Scenarios.Password, newPassword)).ShouldNameInvalid("newPassword");
    }

    [Fact]
    public async Task Of_several_concurrent_changes_one_succeeds()
    {
        await using var other = await app.Another();
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        using var elsewhere = session.On(other);

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            (i % 2 == 0 ? session.Client : elsewhere).Post(
                "/api/v1/account/change-password",
                new { currentPassword = Scenarios.Password, newPassword = $"{NewPassword}, number {i}" })));

        var winner = Assert.Single(responses, response => response.StatusCode == HttpStatusCode.NoContent);
        Assert.All(
            responses.Where(response => response != winner),
            response => Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode));
        var password = $"{NewPassword}, number {Array.IndexOf(responses, winner)}";
        Assert.Equal(HttpStatusCode.OK, (await session.Client.LogIn(email, password)).StatusCode);
    }

    [Fact]
    public async Task A_concurrent_sign_in_with_the_old_password_does_not_survive()
    {
        await using var other = await app.Another();
        using var there = other.CreateClient();

        for (var round = 0; round < 5; round++)
        {
            var email = await app.ConfirmedUser();
            using var session = await app.SignedIn(email);

            var signingIn = Enumerable.Range(0, 6).Select(_ => there.LogIn(email)).ToList();
            var changed = await Change(session, Scenarios.Password, NewPassword);
            var answers = await Task.WhenAll(signingIn);

            Assert.Equal(HttpStatusCode.NoContent, changed.StatusCode);
            foreach (var answer in answers.Where(answer => answer.StatusCode == HttpStatusCode.OK))
            {
                var tokens = await answer.Json();
                await (await there.Refresh(tokens.Text("refreshToken")))
                    .ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
            }
        }
    }

    private static Task<HttpResponseMessage> Change(
        Scenarios.Session session, string currentPassword, string newPassword) =>
        session.Client.Post("/api/v1/account/change-password", new { currentPassword, newPassword });
}
