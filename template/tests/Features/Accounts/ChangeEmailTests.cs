using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class ChangeEmailTests(SharedApp app)
{
    [Fact]
    public async Task The_address_changes_when_it_is_confirmed_and_the_old_address_gets_a_notice()
    {
        var (oldEmail, newEmail) = (await app.ConfirmedUser(), Scenarios.NewAddress());
        using var session = await app.SignedIn(oldEmail);

        var asked = await Change(session, newEmail);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        Assert.Equal("Your e-mail address is about to change", (await app.NewestMail(oldEmail, count: 2)).Subject);
        Assert.Equal(oldEmail, await AddressOf(session));

        var confirmed = await Confirm(newEmail, await app.MailedToken(newEmail));

        Assert.Equal(HttpStatusCode.NoContent, confirmed.StatusCode);
        Assert.Equal(newEmail, await AddressOf(session));
        Assert.Equal(HttpStatusCode.OK, (await session.Client.LogIn(newEmail)).StatusCode);
        await (await session.Client.LogIn(oldEmail)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        var notice = await app.NewestMail(oldEmail, count: 3);
        Assert.Equal("Your e-mail address was changed", notice.Subject);
        Assert.DoesNotContain("token=", notice.TextBody);
    }

    [Fact]
    public async Task The_link_opens_its_page_and_works_on_another_instance()
    {
        await using var other = await app.Another();
        var newEmail = $"o'brien&co+{Guid.NewGuid():N}@example.com";
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = other.CreateClient();

        await Change(session, newEmail);

        var mail = await app.NewestMail(newEmail);
        var link = $"https://app.example/confirm-email-change?newEmail={Uri.EscapeDataString(newEmail)}&token=";
        Assert.Contains(link, mail.TextBody);
        Assert.DoesNotContain("&token", mail.HtmlBody!.Replace("&amp;token", ""));
        var confirmed = await elsewhere.Post(
            "/api/v1/account/confirm-email-change", new { newEmail, token = await app.MailedToken(newEmail) });
        Assert.Equal(HttpStatusCode.NoContent, confirmed.StatusCode);
    }

    [Fact]
    public async Task The_new_address_is_mailed_and_stored_with_one_character_for_a_letter_and_its_accent()
    {
        var name = $"{Guid.NewGuid():N}@example.com";
        var (composed, decomposed) = ($"jos\u00E9-{name}", $"jose\u0301-{name}");
        using var session = await app.SignedIn(await app.ConfirmedUser());

        await Change(session, decomposed);
        var confirmed = await Confirm(decomposed, await app.MailedToken(composed));

        Assert.Equal(HttpStatusCode.NoContent, confirmed.StatusCode);
        Assert.Equal(composed, await AddressOf(session));
    }

    [Fact]
    public async Task A_wrong_password_is_named_and_sends_no_email()
    {
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        var newEmail = Scenarios.NewAddress();

        await (await Change(session, newEmail, "a wrong guess")).ShouldNameInvalid("password");

        await app.AllMailsAreOut(email, newEmail);
        Assert.Empty(app.Mails(newEmail));
        Assert.Single(app.Mails(email));
    }

    [Theory]
    [InlineData("no-at-sign")]
    [InlineData("a@example.com\nBcc: everybody@example.com")]
    [InlineData("")]
    public async Task An_invalid_address_is_refused(string newEmail)
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());

        await (await Change(session, newEmail)).ShouldNameInvalid("newEmail");
    }

    [Fact]
    public async Task The_address_of_another_user_gets_the_same_response_and_that_user_an_email()
    {
        var theirs = await app.ConfirmedUser();
        using var session = await app.SignedIn(await app.ConfirmedUser());

        var response = await Change(session, theirs);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("You already have an account", (await app.NewestMail(theirs, count: 2)).Subject);
    }

    [Fact]
    public async Task Of_two_users_who_want_the_same_address_one_gets_it()
    {
        await using var other = await app.Another();
        var newEmail = Scenarios.NewAddress();
        using var one = await app.SignedIn(await app.ConfirmedUser());
        using var two = await app.SignedIn(await app.ConfirmedUser());
        await Change(one, newEmail);
        await app.NewestMail(newEmail);
        var first = await app.MailedToken(newEmail);
        await Change(two, newEmail);
        await app.NewestMail(newEmail, count: 2);
        var second = await app.MailedToken(newEmail);
        var clients = new[] { app.CreateClient(), other.CreateClient() };

        var responses = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => clients[i % 2].Post(
            "/api/v1/account/confirm-email-change", new { newEmail, token = i % 3 == 0 ? first : second })));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.NoContent);
        foreach (var loser in responses.Where(response => response.StatusCode != HttpStatusCode.NoContent))
        {
            await loser.ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        }

        Assert.Single(new[] { await AddressOf(one), await AddressOf(two) }, email => email == newEmail);
    }

    [Fact]
    public async Task A_token_works_once_and_for_its_address_only()
    {
        var newEmail = Scenarios.NewAddress();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        await Change(session, newEmail);
        var token = await app.MailedToken(newEmail);

        await (await Confirm(Scenarios.NewAddress(), token)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        await (await Confirm(newEmail, "garbage")).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        await (await Confirm(newEmail, token, "another-user@example.com"))
            .ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        Assert.Equal(HttpStatusCode.NoContent, (await Confirm(newEmail, token)).StatusCode);
        await (await Confirm(newEmail, token)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }

    [Fact]
    public async Task Links_in_the_old_mailbox_become_invalid()
    {
        var (oldEmail, newEmail) = (await app.ConfirmedUser(), Scenarios.NewAddress());
        using var session = await app.SignedIn(oldEmail);
        await session.Client.Post("/api/v1/auth/forgot-password", new { email = oldEmail });
        await app.NewestMail(oldEmail, count: 2);
        var reset = await app.MailedToken(oldEmail);
        await Change(session, newEmail);
        await Confirm(newEmail, await app.MailedToken(newEmail));

        foreach (var email in (string[])[oldEmail, newEmail])
        {
            var response = await session.Client.Post(
                "/api/v1/auth/reset-password",
                new { email, token = reset, newPassword = "eight blue kettles hum at dusk" });

            await response.ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        }
    }

    [Fact]
    public async Task Only_the_newest_link_is_valid()
    {
        var (first, second) = (Scenarios.NewAddress(), Scenarios.NewAddress());
        using var session = await app.SignedIn(await app.ConfirmedUser());
        await Change(session, first);
        await Change(session, second);

        await (await Confirm(first, await app.MailedToken(first))).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");

        Assert.Equal(HttpStatusCode.NoContent, (await Confirm(second, await app.MailedToken(second))).StatusCode);
    }

    private static Task<HttpResponseMessage> Change(
        Scenarios.Session session, string newEmail, string password = Scenarios.Password) =>
        session.Client.Post("/api/v1/account/change-email", new { newEmail, password });

    private async Task<HttpResponseMessage> Confirm(string newEmail, string token, string? email = null)
    {
        using var client = app.CreateClient();

        return await client.Post("/api/v1/account/confirm-email-change", new { newEmail, token, email });
    }

    private static async Task<string> AddressOf(Scenarios.Session session) =>
        (await (await session.Client.Get("/api/v1/account")).Json()).Text("email");
}
