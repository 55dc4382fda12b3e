using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class ResetPasswordTests(SharedApp app)
{
    private const string NewPassword = "eight blue kettles hum at dusk";

    [Fact]
    public async Task The_link_sets_a_new_password_and_ends_all_sessions()
    {
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        var token = await ForgotPassword(email);

        var response = await Reset(email, token);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await session.Client.LogIn(email, NewPassword)).StatusCode);
        await (await session.Client.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        Assert.False(await session.Client.IsSignedIn());
        await (await session.Client.Refresh(session.RefreshToken))
            .ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        var mail = await app.NewestMail(email, count: 3);
        Assert.Equal("Your password was changed", mail.Subject);
        Assert.DoesNotContain(NewPassword, mail.TextBody);
    }

    [Fact]
    public async Task The_link_starts_with_the_public_URL_of_the_app()
    {
        var email = await app.ConfirmedUser();

        await ForgotPassword(email);

        var mail = await app.NewestMail(email, count: 2);
        Assert.Contains($"https://app.example/reset-password?email={Uri.EscapeDataString(email)}", mail.TextBody);
        Assert.Contains("30 minutes", mail.TextBody);
    }

    [Fact]
    public async Task Of_ten_concurrent_resets_with_one_token_one_succeeds()
    {
        await using var other = await app.Another();
        var email = await app.ConfirmedUser();
        var token = await ForgotPassword(email);
        var clients = new[] { app.CreateClient(), other.CreateClient() };

        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => clients[i % 2].Post(
            "/api/v1/auth/reset-password", new { email, token, newPassword = $"{NewPassword}, number {i}" })));

        var winner = Assert.Single(responses, response => response.StatusCode == HttpStatusCode.NoContent);
        foreach (var loser in responses.Where(response => response != winner))
        {
            await loser.ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        }

        var password = $"{NewPassword}, number {Array.IndexOf(responses, winner)}";
        Assert.Equal(HttpStatusCode.OK, (await clients[0].LogIn(email, password)).StatusCode);
    }

    [Fact]
    public async Task A_token_works_once()
    {
        var email = await app.ConfirmedUser();
        var token = await ForgotPassword(email);

        await Reset(email, token);

        await (await Reset(email, token)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }

    [Fact]
    public async Task A_token_becomes_invalid_when_the_password_is_changed()
    {
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        var token = await ForgotPassword(email);

        await session.Client.Post(
            "/api/v1/account/change-password",
            new { currentPassword = Scenarios.Password, newPassword = "nine grey herons wade at dawn" });

        await (await Reset(email, token)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }

    [Fact]
    public async Task A_token_of_another_user_or_for_another_purpose_is_refused()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();
        var theirs = await ForgotPassword(await app.ConfirmedUser());
        var unconfirmed = Scenarios.NewAddress();
        await client.SignUp(unconfirmed);
        var toConfirm = await app.MailedToken(unconfirmed);

        await (await Reset(email, theirs)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        await (await Reset(unconfirmed, toConfirm)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        await (await Reset(Scenarios.NewAddress(), theirs)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        await (await Reset(email, "garbage")).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }

    [Fact]
    public async Task A_refused_password_does_not_use_up_the_token()
    {
        var email = await app.ConfirmedUser();
        var token = await ForgotPassword(email);

        await (await Reset(email, token, "passwordpassword")).ShouldNameInvalid("newPassword");

        Assert.Equal(HttpStatusCode.NoContent, (await Reset(email, token)).StatusCode);
    }

    [Fact]
    public async Task A_reset_confirms_the_address()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        await client.SignUp(email);
        await app.NewestMail(email);

        await Reset(email, await ForgotPassword(email));

        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email, NewPassword)).StatusCode);
    }

    [Fact]
    public async Task A_reset_does_not_enable_a_disabled_account()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();
        var token = await ForgotPassword(email);
        await app.Query(db => db.Users.Where(user => user.Email == email).ExecuteUpdateAsync(
            set => set.SetProperty(user => user.DisabledAt, DateTimeOffset.UtcNow), Scenarios.Ct));

        await Reset(email, token);

        await (await client.LogIn(email, NewPassword)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
    }

    private async Task<string> ForgotPassword(string email)
    {
        using var client = app.CreateClient();
        var response = await client.Post("/api/v1/auth/forgot-password", new { email });
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        await app.NewestMail(email, count: 2);

        return await app.MailedToken(email);
    }

    private async Task<HttpResponseMessage> Reset(string email, string token, string newPassword = NewPassword)
    {
        using var client = app.CreateClient();

        return await client.Post("/api/v1/auth/reset-password", new { email, token, newPassword });
    }
}
