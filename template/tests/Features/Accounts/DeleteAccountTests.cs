using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class DeleteAccountTests(SharedApp app)
{
    [Fact]
    public async Task The_account_and_its_sessions_are_gone()
    {
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        using var other = await app.SignedIn(email);
        Assert.True(await other.Client.IsSignedIn());

        var response = await Delete(session, Scenarios.Password);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.False(await session.Client.IsSignedIn());
        Assert.False(await other.Client.IsSignedIn());
        await (await other.Client.Refresh(other.RefreshToken))
            .ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        await (await other.Client.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        Assert.Equal("Your account was deleted", (await app.NewestMail(email, count: 2)).Subject);
        Assert.False(await app.Query(db => db.Users.AnyAsync(user => user.Email == email, Scenarios.Ct)));
    }

    [Fact]
    public async Task A_wrong_password_deletes_nothing()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());

        await (await Delete(session, "a wrong guess")).ShouldNameInvalid("password");

        Assert.True(await session.Client.IsSignedIn());
    }

    [Fact]
    public async Task A_later_account_with_the_same_address_is_a_new_account()
    {
        var email = await app.ConfirmedUser();
        using var before = await app.SignedIn(email);
        var old = (await (await before.Client.Get("/api/v1/account")).Json()).Text("id");
        await Delete(before, Scenarios.Password);
        await app.NewestMail(email, count: 2);

        await before.Client.SignUp(email);
        await app.NewestMail(email, count: 3);
        var token = await app.MailedToken(email);
        await before.Client.Post("/api/v1/auth/confirm-email", new { email, token });
        using var after = await app.SignedIn(email);

        Assert.NotEqual(old, (await (await after.Client.Get("/api/v1/account")).Json()).Text("id"));
        Assert.False(await before.Client.IsSignedIn());
        Assert.Equal(1, (await (await after.Client.Get("/api/v1/account/sessions")).Json()).GetArrayLength());
    }

    [Fact]
    public async Task Its_tokens_and_mailed_links_are_dead_at_once_on_every_instance()
    {
        await using var another = await app.Another();
        var (email, newEmail) = (await app.ConfirmedUser(), Scenarios.NewAddress());
        using var session = await app.SignedIn(email);
        using var elsewhere = session.On(another);
        await elsewhere.Post("/api/v1/auth/forgot-password", new { email });
        await app.NewestMail(email, count: 2);
        var reset = await app.MailedToken(email);
        await elsewhere.Post("/api/v1/account/change-email", new { newEmail, password = Scenarios.Password });
        var change = await app.MailedToken(newEmail);
        await app.NewestMail(email, count: 3);
        // From now on the other instance knows that the session is active, for four seconds.
        Assert.True(await elsewhere.IsSignedIn());

        await Delete(session, Scenarios.Password);

        Assert.False(await elsewhere.IsSignedIn());
        await (await elsewhere.Refresh(session.RefreshToken))
            .ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        await (await elsewhere.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        await (await elsewhere.Post(
            "/api/v1/auth/reset-password",
            new { email, token = reset, newPassword = "eight blue kettles hum at dusk" }))
            .ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        await (await elsewhere.Post("/api/v1/account/confirm-email-change", new { newEmail, token = change }))
            .ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        await elsewhere.Post("/api/v1/auth/forgot-password", new { email });
        await app.AllMailsAreOut(email, newEmail);
        Assert.Equal("Your account was deleted", app.Mails(email)[^1].Subject);
    }

    private static Task<HttpResponseMessage> Delete(Scenarios.Session session, string password) =>
        session.Client.Post("/api/v1/account/delete", new { password });
}
