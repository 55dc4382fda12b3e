using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class MailedTokenTests(SharedApp app)
{
    private const string NewPassword = "eight blue kettles hum at dusk";

    [Fact]
    public async Task Links_that_reset_a_password_are_valid_side_by_side_until_one_is_used()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();
        var first = await ForgotPassword(client, email, mails: 2);
        var second = await ForgotPassword(client, email, mails: 3);

        Assert.Equal(HttpStatusCode.NoContent, (await Reset(client, email, first)).StatusCode);

        await (await Reset(client, email, second)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }

    [Fact]
    public async Task A_token_for_one_purpose_does_not_replace_one_for_another()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        await client.SignUp(email);
        await app.NewestMail(email);
        var confirmation = await app.MailedToken(email);
        await ForgotPassword(client, email, mails: 2);

        var confirmed = await client.Post("/api/v1/auth/confirm-email", new { email, token = confirmation });

        Assert.Equal(HttpStatusCode.NoContent, confirmed.StatusCode);
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();
        var token = await ForgotPassword(client, email, mails: 2);
        await app.Query(db => db.MailedTokens
            .Where(mailed => mailed.Purpose == MailedTokenPurpose.ResetPassword
                && db.Users.Any(user => user.Id == mailed.UserId && user.Email == email))
            .ExecuteUpdateAsync(
                set => set.SetProperty(mailed => mailed.ExpiresAt, DateTimeOffset.UtcNow), Scenarios.Ct));

        await (await Reset(client, email, token)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }

    [Fact]
    public async Task The_settings_give_the_lifetime_of_a_token()
    {
        await using var own = await new App
        {
            ["Accounts:ConfirmationTokenLifetime"] = "2.00:00:00",
            ["Accounts:ResetTokenLifetime"] = "01:00:00",
        }.Started();
        using var client = own.CreateClient();
        var email = Scenarios.NewAddress();
        await client.SignUp(email);
        Assert.Contains("for 2 days", (await own.NewestMail(email)).TextBody);
        await client.Post("/api/v1/auth/forgot-password", new { email });
        Assert.Contains("for 60 minutes", (await own.NewestMail(email, count: 2)).TextBody);

        var tokens = await own.Query(db => db.MailedTokens.AsNoTracking().ToListAsync(Scenarios.Ct));

        var now = DateTimeOffset.UtcNow;
        Assert.Equal(
            [(MailedTokenPurpose.ConfirmEmail, 48.0), (MailedTokenPurpose.ResetPassword, 1.0)],
            tokens.OrderBy(token => token.Purpose).Select(token =>
                (token.Purpose, Math.Round((token.ExpiresAt - now).TotalHours, digits: 0))));
    }

    [Theory]
    [InlineData("forgot-password", 6)]
    [InlineData("resend-confirmation", 6)]
    [InlineData("register", 5)]
    public async Task Repeated_requests_do_not_flood_a_mailbox(string call, int mails)
    {
        // One email from the sign-up, and five of the kind; "register" counts the sign-up too.
        await Eventual.IsNotTheEndOfTheHour();
        await using var own = await new App { ["Accounts:ResetTokenLifetime"] = "01:00:00" }.Started();
        await using var other = await own.Another();
        var clients = new[] { own.CreateClient(), other.CreateClient() };
        var email = Scenarios.NewAddress();
        await clients[0].SignUp(email);

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => clients[i % 2].Post(
            $"/api/v1/auth/{call}",
            call == "register"
                ? new { email = i % 2 == 0 ? email : email.ToUpperInvariant(), password = Scenarios.Password }
                : new { email })));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.Accepted, response.StatusCode));
        await own.AllMailsAreOut(email);
        Assert.Equal(mails, own.Mails(email).Count);
    }

    [Fact]
    public async Task The_limit_of_one_kind_of_email_does_not_affect_another()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();

        for (var i = 0; i < 10; i++)
        {
            await client.Post("/api/v1/auth/resend-confirmation", new { email });
            await client.SignUp(email);
        }

        await client.Post("/api/v1/auth/forgot-password", new { email });

        await Eventual.Happens(() => app.Mails(email).Any(mail => mail.Subject == "Choose a new password"));
    }

    [Fact]
    public async Task Changes_of_address_send_a_limited_number_of_emails()
    {
        await Eventual.IsNotTheEndOfTheHour();
        await using var own = await new App().Started();
        using var session = await own.SignedIn(await own.ConfirmedUser());
        var newEmails = Enumerable.Range(0, 8).Select(_ => Scenarios.NewAddress()).ToList();

        foreach (var newEmail in newEmails)
        {
            var response = await session.Client.Post(
                "/api/v1/account/change-email", new { newEmail, password = Scenarios.Password });

            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        }

        await own.AllMailsAreOut([.. newEmails]);
        Assert.Equal(newEmails[..5], newEmails.Where(newEmail => own.Mails(newEmail).Count > 0));
    }

    private async Task<string> ForgotPassword(HttpClient client, string email, int mails)
    {
        await client.Post("/api/v1/auth/forgot-password", new { email });
        await app.NewestMail(email, mails);

        return await app.MailedToken(email);
    }

    private static Task<HttpResponseMessage> Reset(HttpClient client, string email, string token) =>
        client.Post("/api/v1/auth/reset-password", new { email, token, newPassword = NewPassword });
}
