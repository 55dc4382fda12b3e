using System.Globalization;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

/// <summary>A link confirms the password of the registration that it was mailed for, and no other.</summary>
public sealed class PendingPasswordTests(SharedApp app)
{
    private const string Other = "seven green teapots sing at noon";

    [Theory]
    [InlineData(0, Scenarios.Password, Other)]
    [InlineData(1, Other, Scenarios.Password)]
    public async Task The_password_of_the_followed_link_opens_the_account(int followed, string opens, string refused)
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        var links = new[]
        {
            await SignUp(client, email, Scenarios.Password, mails: 1),
            await SignUp(client, email, Other, mails: 2),
        };

        Assert.Equal(HttpStatusCode.NoContent, (await Confirm(client, email, links[followed])).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await Confirm(client, email, links[followed])).StatusCode);
        await (await Confirm(client, email, links[1 - followed])).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");

        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email, opens)).StatusCode);
        await (await client.LogIn(email, refused)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
    }

    [Fact]
    public async Task A_link_that_is_followed_again_does_not_bring_an_old_password_back()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        var link = await SignUp(client, email, Scenarios.Password, mails: 1);
        await Confirm(client, email, link);
        using var session = await app.SignedIn(email);
        await session.Client.Post(
            "/api/v1/account/change-password", new { currentPassword = Scenarios.Password, newPassword = Other });

        await Confirm(client, email, link);

        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email, Other)).StatusCode);
        await (await client.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
    }

    [Fact]
    public async Task A_link_that_is_sent_again_confirms_the_same_password()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        await SignUp(client, email, Other, mails: 1);
        await client.Post("/api/v1/auth/resend-confirmation", new { email });
        await app.NewestMail(email, count: 2);

        await Confirm(client, email, await app.MailedToken(email));

        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email, Other)).StatusCode);
    }

    [Fact]
    public async Task With_two_pending_passwords_the_mail_that_is_sent_again_asks_for_a_new_one()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        var first = await SignUp(client, email, Scenarios.Password, mails: 1);
        await SignUp(client, email, Other, mails: 2);

        await client.Post("/api/v1/auth/resend-confirmation", new { email });

        Assert.Equal("Choose a new password", (await app.NewestMail(email, count: 3)).Subject);
        var newPassword = "eight blue kettles hum at dusk";
        var token = await app.MailedToken(email);
        await client.Post("/api/v1/auth/reset-password", new { email, token, newPassword });
        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email, newPassword)).StatusCode);
        await (await Confirm(client, email, first)).ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
        await (await client.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
    }

    [Fact]
    public async Task The_only_link_that_is_left_of_two_registrations_is_not_sent_again()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        await SignUp(client, email, Scenarios.Password, mails: 1);
        await app.Query(db => db.MailedTokens
            .Where(link => db.Users.Any(user => user.Id == link.UserId && user.Email == email))
            .ExecuteUpdateAsync(
                set => set.SetProperty(link => link.ExpiresAt, DateTimeOffset.UtcNow.AddMinutes(-1)), Scenarios.Ct));
        await SignUp(client, email, Other, mails: 2);

        await client.Post("/api/v1/auth/resend-confirmation", new { email });

        Assert.Equal("Choose a new password", (await app.NewestMail(email, count: 3)).Subject);
    }

    [Fact]
    public async Task The_mail_says_when_the_sign_up_was_made_also_when_it_is_sent_again()
    {
        var clock = new ShiftedClock();
        await using var own = await new App { Replace = services => services.AddSingleton<TimeProvider>(clock) }
            .Started();
        using var client = own.CreateClient();
        var email = Scenarios.NewAddress();
        var first = clock.GetUtcNow();
        await client.SignUp(email);
        var last = clock.GetUtcNow();

        clock.Shift = TimeSpan.FromHours(2);
        await client.Post("/api/v1/auth/resend-confirmation", new { email });

        await own.NewestMail(email, count: 2);
        Assert.All(own.Mails(email), mail => Assert.Contains(
            (string[])[InWords(first), InWords(last)],
            time => mail.TextBody!.Contains(time) && mail.HtmlBody!.Contains(time)));

        static string InWords(DateTimeOffset time) =>
            time.ToString("'on 'd MMMM yyyy' at 'HH:mm' UTC'", CultureInfo.InvariantCulture);
    }

    private async Task<string> SignUp(HttpClient client, string email, string password, int mails)
    {
        await client.SignUp(email, password);
        await app.NewestMail(email, mails);

        return await app.MailedToken(email);
    }

    private static Task<HttpResponseMessage> Confirm(HttpClient client, string email, string token) =>
        client.Post("/api/v1/auth/confirm-email", new { email, token });

    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
