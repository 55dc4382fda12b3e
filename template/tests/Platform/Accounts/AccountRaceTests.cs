using System.Net;
using Microsoft.EntityFrameworkCore;
using MimeKit;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Accounts;

/// <summary>
/// The pairs of requests that touch one account, on two instances at the same time. Whichever comes first: no link and
/// no password outlives the address or the password that it belonged to.
/// </summary>
public sealed class AccountRaceTests(RacedAccounts accounts) : IClassFixture<RacedAccounts>
{
    private const int Rounds = 6;

    private readonly App app = accounts.First;

    [Theory]
    [InlineData("register", "register")]
    [InlineData("register", "confirm")]
    [InlineData("register", "resend")]
    [InlineData("register", "reset")]
    [InlineData("confirm", "confirm")]
    [InlineData("confirm", "resend")]
    [InlineData("confirm", "forgot")]
    [InlineData("confirm", "reset")]
    [InlineData("confirm", "login")]
    [InlineData("resend", "reset")]
    [InlineData("forgot", "reset")]
    public async Task Of_an_account_that_is_not_confirmed_yet(string one, string two)
    {
        foreach (var account in await Task.WhenAll(Enumerable.Range(0, Rounds).Select(_ => accounts.Pending())))
        {
            var done = await Race(account, one, two);

            // One password opens the account, even after all other links were followed too.
            await app.AllMailsAreOut(account.Email);
            var isReset = done.Contains("reset");
            if (isReset || done.Contains("confirm"))
            {
                Assert.Equal(isReset ? 0 : 1, await Tokens(account, MailedTokenPurpose.ConfirmEmail));
                var mails = app.Mails(account.Email).Where(mail => mail.Subject == "Confirm your e-mail address");
                foreach (var mail in mails)
                {
                    await Post("auth/confirm-email", new { email = account.Email, token = TokenIn(mail) });
                }

                await OnlyOpens(account.Email, isReset ? RacedAccounts.Reset : Scenarios.Password);
            }
        }
    }

    [Theory]
    [InlineData("forgot", "forgot")]
    [InlineData("forgot", "reset")]
    [InlineData("forgot", "change-password")]
    [InlineData("forgot", "change-email")]
    [InlineData("forgot", "confirm-change")]
    [InlineData("forgot", "delete")]
    [InlineData("reset", "reset")]
    [InlineData("reset", "change-password")]
    [InlineData("reset", "change-email")]
    [InlineData("reset", "confirm-change")]
    [InlineData("reset", "login")]
    [InlineData("reset", "delete")]
    [InlineData("change-password", "change-email")]
    [InlineData("change-password", "confirm-change")]
    [InlineData("change-password", "delete")]
    [InlineData("change-email", "confirm-change")]
    [InlineData("change-email", "delete")]
    [InlineData("confirm-change", "confirm-change")]
    [InlineData("confirm-change", "login")]
    [InlineData("confirm-change", "register")]
    [InlineData("confirm-change", "delete")]
    [InlineData("delete", "delete")]
    [InlineData("delete", "login")]
    [InlineData("delete", "register")]
    public async Task Of_an_account_that_is_in_use(string one, string two)
    {
        foreach (var account in await Task.WhenAll(Enumerable.Range(0, Rounds).Select(_ => accounts.InUse())))
        {
            var done = await Race(account, one, two);

            await app.AllMailsAreOut(account.Email, account.NewEmail);
            if (done.Contains("delete"))
            {
                Assert.Equal(0, await Tokens(account, purpose: null));
                Assert.False(await account.Session!.Client.IsSignedIn());
                await OnlyOpens(account.Email, password: null);
                await OnlyOpens(account.NewEmail, password: null);
            }

            var isMoved = done.Contains("confirm-change");
            var replaced = done.Contains("reset") ? RacedAccounts.Reset
                : done.Contains("change-password") ? RacedAccounts.Changed
                : null;
            if (!done.Contains("delete") && replaced is not null)
            {
                Assert.Single(done, call => call is "reset" or "change-password");
                await OnlyOpens(isMoved ? account.NewEmail : account.Email, replaced);
            }

            var old = app.Mails(account.Email).Where(mail => mail.Subject == "Choose a new password")
                .Select(TokenIn)
                .Where(token => isMoved || done.Contains("delete") || (replaced is not null && token == account.Reset));
            foreach (var token in old)
            {
                foreach (var email in (string[])[account.Email, account.NewEmail])
                {
                    var body = new { email, token, newPassword = "ten old cellos hum in the fog" };
                    await (await Post("auth/reset-password", body))
                        .ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
                }
            }
        }
    }

    /// <returns>The calls that succeeded.</returns>
    private async Task<List<string>> Race(RacedAccount account, string one, string two)
    {
        var answers = await Task.WhenAll(
            RacedAccounts.Call(app, account, one), RacedAccounts.Call(accounts.Second, account, two));
        Assert.All(answers, answer => Assert.InRange((int)answer.StatusCode, 200, 401));

        return [.. ((string[])[one, two]).Where((_, i) => answers[i].IsSuccessStatusCode)];
    }

    private async Task OnlyOpens(string email, string? password)
    {
        using var client = app.CreateClient();
        foreach (var candidate in RacedAccounts.Passwords)
        {
            var expected = candidate == password ? HttpStatusCode.OK : HttpStatusCode.Unauthorized;
            Assert.Equal(expected, (await client.LogIn(email, candidate)).StatusCode);
        }
    }

    private async Task<HttpResponseMessage> Post(string path, object body)
    {
        using var client = app.CreateClient();

        return await client.Post($"/api/v1/{path}", body);
    }

    private Task<int> Tokens(RacedAccount account, MailedTokenPurpose? purpose) => app.Query(db =>
        db.MailedTokens.CountAsync(
            token => token.UserId == account.Id && (purpose == null || token.Purpose == purpose), Scenarios.Ct));

    private static string TokenIn(MimeMessage mail) => mail.TextBody!.Split("token=")[1].Split('\n')[0].Trim();
}
