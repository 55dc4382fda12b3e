using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

/// <summary>A change to an address that has an account already, or has one by the time it is confirmed.</summary>
public sealed class TakenAddressTests(SharedApp app)
{
    [Fact]
    public async Task A_request_for_a_taken_address_looks_like_one_for_a_free_address()
    {
        var seen = new List<string>();
        foreach (var wanted in (string[])[Scenarios.NewAddress(), await app.ConfirmedUser()])
        {
            var (email, earlier) = (await app.ConfirmedUser(), Scenarios.NewAddress());
            using var session = await app.SignedIn(email);
            await Change(session, earlier);
            var link = await app.MailedToken(earlier);
            var mailsBefore = app.Mails(wanted).Count;

            var response = await Change(session, wanted);

            await app.AllMailsAreOut(email, wanted);
            var tokens = await app.Query(db => db.MailedTokens
                .Where(token => db.Users.Any(user => user.Id == token.UserId && user.Email == email))
                .GroupBy(token => token.Purpose)
                .Select(group => $"{group.Key}: {group.Count()}")
                .ToListAsync(Scenarios.Ct));
            seen.Add($"{response.StatusCode}, then {(await Confirm(earlier, link)).StatusCode} for the earlier link; "
                + $"{string.Join(", ", tokens.Order())}; {app.Mails(wanted).Count - mailsBefore} mail to the address; "
                + string.Join(", ", app.Mails(email).Select(mail => mail.Subject)));
        }

        Assert.StartsWith("Accepted, then BadRequest", Assert.Single(seen.Distinct()));
    }

    [Fact]
    public async Task A_change_to_an_address_that_was_taken_meanwhile_leaves_the_mailed_links_alone()
    {
        var (oldEmail, newEmail) = (await app.ConfirmedUser(), Scenarios.NewAddress());
        using var session = await app.SignedIn(oldEmail);
        await session.Client.Post("/api/v1/auth/forgot-password", new { email = oldEmail });
        await app.NewestMail(oldEmail, count: 2);
        var reset = await app.MailedToken(oldEmail);
        await Change(session, newEmail);
        var change = await app.MailedToken(newEmail);
        await session.Client.SignUp(newEmail);
        await app.NewestMail(newEmail, count: 2);
        await session.Client.Post(
            "/api/v1/auth/confirm-email", new { email = newEmail, token = await app.MailedToken(newEmail) });

        await (await Confirm(newEmail, change)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");

        var response = await session.Client.Post(
            "/api/v1/auth/reset-password",
            new { email = oldEmail, token = reset, newPassword = "eight blue kettles hum at dusk" });
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Fact]
    public async Task A_sign_up_that_was_never_confirmed_does_not_keep_an_address_from_its_owner()
    {
        var newEmail = Scenarios.NewAddress();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        await session.Client.SignUp(newEmail, "seven green teapots sing at noon");
        await app.NewestMail(newEmail);

        await Change(session, newEmail);
        await app.NewestMail(newEmail, count: 2);

        Assert.Equal(HttpStatusCode.NoContent, (await Confirm(newEmail, await app.MailedToken(newEmail))).StatusCode);
        Assert.Equal(newEmail, (await (await session.Client.Get("/api/v1/account")).Json()).Text("email"));
    }

    private static Task<HttpResponseMessage> Change(Scenarios.Session session, string newEmail) =>
        session.Client.Post("/api/v1/account/change-email", new { newEmail, password = Scenarios.Password });

    private async Task<HttpResponseMessage> Confirm(string newEmail, string token)
    {
        using var client = app.CreateClient();

        return await client.Post("/api/v1/account/confirm-email-change", new { newEmail, token });
    }
}
