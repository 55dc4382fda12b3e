using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class MailedTokenTests(SharedApp app)
{
    private const string NewPassword = "eight blue kettles hum at dusk";

    [Fact]
    public async Task Of_several_mails_the_newest_one_counts()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();
        var first = await Forget(client, email, mails: 2);
        var second = await Forget(client, email, mails: 3);

        await (await Reset(client, email, first)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");

        Assert.Equal(HttpStatusCode.NoContent, (await Reset(client, email, second)).StatusCode);
    }

    [Fact]
    public async Task A_mail_for_one_purpose_leaves_those_for_another_good()
    {
        using var client = app.CreateClient();
        var email = Stories.NewAddress();
        await client.SignUp(email);
        await app.NewestMail(email);
        var confirmation = await app.MailedToken(email);
        await Forget(client, email, mails: 2);

        var confirmed = await client.Post("/api/v1/auth/confirm-email", new { email, token = confirmation });

        Assert.Equal(HttpStatusCode.NoContent, confirmed.StatusCode);
    }

    [Fact]
    public async Task A_token_that_has_expired_is_refused()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();
        var token = await Forget(client, email, mails: 2);
        await app.Query(db => db.MailedTokens
            .Where(mailed => mailed.Purpose == MailedTokenPurpose.ResetPassword
                && db.Users.Any(user => user.Id == mailed.UserId && user.Email == email))
            .ExecuteUpdateAsync(set => set.SetProperty(mailed => mailed.ExpiresAt, DateTimeOffset.UtcNow), Stories.Ct));

        await (await Reset(client, email, token)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }

    [Fact]
    public async Task A_token_lives_as_long_as_the_settings_say()
    {
        await using var own = await new App
        {
            ["Accounts:ConfirmationTokenLifetime"] = "2.00:00:00",
            ["Accounts:ResetTokenLifetime"] = "01:00:00",
        }.Started();
        using var client = own.CreateClient();
        var email = Stories.NewAddress();
        await client.SignUp(email);
        Assert.Contains("for 2 days", (await own.NewestMail(email)).TextBody);
        await client.Post("/api/v1/auth/forgot-password", new { email });
        Assert.Contains("for 60 minutes", (await own.NewestMail(email, count: 2)).TextBody);

        var tokens = await own.Query(db => db.MailedTokens.AsNoTracking().ToListAsync(Stories.Ct));

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
    public async Task Nobody_fills_a_mailbox_by_asking_again_and_again(string call, int mails)
    {
        // The mail that signing up causes by itself, and five of one kind; signing up is one of the calls that count. In
        // an app of its own: where the database is too busy to count, a mail is sent uncounted.
        await Eventual.IsNotTheEndOfTheHour();
        await using var own = await new App().Started();
        await using var other = await own.Another();
        var clients = new[] { own.CreateClient(), other.CreateClient() };
        var email = Stories.NewAddress();
        await clients[0].SignUp(email);

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => clients[i % 2].Post(
            $"/api/v1/auth/{call}",
            call == "register"
                ? new { email = i % 2 == 0 ? email : email.ToUpperInvariant(), password = Stories.Password }
                : new { email })));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.Accepted, response.StatusCode));
        await own.AllMailsAreOut(email);
        Assert.Equal(mails, own.Mails(email).Count);
    }

    [Fact]
    public async Task Who_asks_for_mails_of_one_kind_silences_no_other()
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
    public async Task Nobody_mails_strangers_through_a_change_of_address()
    {
        await Eventual.IsNotTheEndOfTheHour();
        await using var own = await new App().Started();
        using var session = await own.SignedIn(await own.ConfirmedUser());
        var strangers = Enumerable.Range(0, 8).Select(_ => Stories.NewAddress()).ToList();

        foreach (var newEmail in strangers)
        {
            var response = await session.Client.Post(
                "/api/v1/account/change-email", new { newEmail, password = Stories.Password });

            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        }

        await own.AllMailsAreOut([.. strangers]);
        Assert.Equal(strangers[..5], strangers.Where(stranger => own.Mails(stranger).Count > 0));
    }

    private async Task<string> Forget(HttpClient client, string email, int mails)
    {
        await client.Post("/api/v1/auth/forgot-password", new { email });
        await app.NewestMail(email, mails);

        return await app.MailedToken(email);
    }

    private static Task<HttpResponseMessage> Reset(HttpClient client, string email, string token) =>
        client.Post("/api/v1/auth/reset-password", new { email, token, newPassword = NewPassword });
}
