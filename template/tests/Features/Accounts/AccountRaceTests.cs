using System.Data.Common;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

/// <summary>
/// The pairs of requests that touch one account, on two instances at the same time. Whichever comes first: no link and
/// no password outlives the address or the password that it belonged to.
/// </summary>
public sealed class AccountRaceTests(AccountRaceTests.Instances instances) : IClassFixture<AccountRaceTests.Instances>
{
    private const int Rounds = 6;
    private const string Other = "seven green teapots sing at noon";
    private const string Changed = "eight blue kettles hum at dusk";
    private const string Reset = "nine grey herons wade at dawn";

    private readonly App app = instances.First;

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
        foreach (var account in await Task.WhenAll(Enumerable.Range(0, Rounds).Select(_ => Pending())))
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

                await OnlyOpens(account.Email, isReset ? Reset : Scenarios.Password);
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
        foreach (var account in await Task.WhenAll(Enumerable.Range(0, Rounds).Select(_ => InUse())))
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
            var replaced = done.Contains("reset") ? Reset : done.Contains("change-password") ? Changed : null;
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
    private async Task<List<string>> Race(Account account, string one, string two)
    {
        var answers = await Task.WhenAll(Call(app, account, one), Call(instances.Second, account, two));
        Assert.All(answers, answer => Assert.InRange((int)answer.StatusCode, 200, 401));

        return [.. ((string[])[one, two]).Where((_, i) => answers[i].IsSuccessStatusCode)];
    }

    private static async Task<HttpResponseMessage> Call(App instance, Account account, string call)
    {
        using var client = account.Session?.On(instance) ?? instance.CreateClient();
        var (email, newEmail, password) = (account.Email, account.NewEmail, Scenarios.Password);

        return await (call switch
        {
            "register" => client.SignUp(email, Other),
            "confirm" => client.Post("/api/v1/auth/confirm-email", new { email, token = account.Confirm }),
            "resend" => client.Post("/api/v1/auth/resend-confirmation", new { email }),
            "login" => client.LogIn(email, account.Session is null ? Other : password),
            "forgot" => client.Post("/api/v1/auth/forgot-password", new { email }),
            "reset" => client.Post(
                "/api/v1/auth/reset-password", new { email, token = account.Reset, newPassword = Reset }),
            "change-password" => client.Post(
                "/api/v1/account/change-password", new { currentPassword = password, newPassword = Changed }),
            "change-email" => client.Post(
                "/api/v1/account/change-email", new { newEmail = Scenarios.NewAddress(), password }),
            "confirm-change" => client.Post(
                "/api/v1/account/confirm-email-change", new { newEmail, token = account.Change }),
            "delete" => client.Post("/api/v1/account/delete", new { password }),
            _ => throw new ArgumentOutOfRangeException(nameof(call), call, message: null),
        });
    }

    // Registered first with the password of another person, and then by the owner, who has the link of that.
    private async Task<Account> Pending()
    {
        var email = Scenarios.NewAddress();
        using var client = app.CreateClient();
        await client.SignUp(email, Other);
        await app.NewestMail(email);
        await client.SignUp(email);
        await app.NewestMail(email, count: 2);
        var confirm = await app.MailedToken(email);
        await client.Post("/api/v1/auth/forgot-password", new { email });
        await app.NewestMail(email, count: 3);

        return new Account(email, Scenarios.NewAddress(), await IdOf(email), confirm, await app.MailedToken(email));
    }

    private async Task<Account> InUse()
    {
        var (email, newEmail) = (await app.ConfirmedUser(), Scenarios.NewAddress());
        var session = await app.SignedIn(email);
        await session.Client.Post("/api/v1/auth/forgot-password", new { email });
        await app.NewestMail(email, count: 2);
        var reset = await app.MailedToken(email);
        await session.Client.Post("/api/v1/account/change-email", new { newEmail, password = Scenarios.Password });
        var change = await app.MailedToken(newEmail);
        await app.NewestMail(email, count: 3);

        return new Account(email, newEmail, await IdOf(email), "", reset, change, session);
    }

    private async Task OnlyOpens(string email, string? password)
    {
        using var client = app.CreateClient();
        foreach (var candidate in (string[])[Scenarios.Password, Other, Changed, Reset])
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

    private Task<Guid> IdOf(string email) => app.Query(db =>
        db.Users.Where(user => user.Email == email).Select(user => user.Id).SingleAsync(Scenarios.Ct));

    private Task<int> Tokens(Account account, MailedTokenPurpose? purpose) => app.Query(db =>
        db.MailedTokens.CountAsync(
            token => token.UserId == account.Id && (purpose == null || token.Purpose == purpose), Scenarios.Ct));

    private static string TokenIn(MimeMessage mail) => mail.TextBody!.Split("token=")[1].Split('\n')[0].Trim();

    private sealed record Account(
        string Email,
        string NewEmail,
        Guid Id,
        string Confirm,
        string Reset,
        string Change = "",
        Scenarios.Session? Session = null);

    public sealed class Instances : IAsyncLifetime
    {
        public App First { get; } = new()
        {
            // SQLite runs one transaction after the other.
            Replace = services =>
            {
                if (TestPostgres.IsAvailable)
                {
                    services.AddSingleton<IInterceptor, RandomDelays>();
                }
            },
            ["Accounts:ResetTokenLifetime"] = "01:00:00",
        };

        public App Second { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            await First.InitializeAsync();
            Second = await First.Another();
        }

        public async ValueTask DisposeAsync()
        {
            await Second.DisposeAsync();
            await First.DisposeAsync();
        }
    }

    /// <summary>Widens the windows between the statements of a request.</summary>
    private sealed class RandomDelays : DbCommandInterceptor
    {
        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData data, InterceptionResult<DbDataReader> result, CancellationToken ct)
        {
            await Task.Delay(Random.Shared.Next(4), ct);

            return result;
        }

        public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData data, InterceptionResult<int> result, CancellationToken ct)
        {
            await Task.Delay(Random.Shared.Next(4), ct);

            return result;
        }
    }
}
