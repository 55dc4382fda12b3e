using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Accounts;

/// <summary>Accounts for which every link has been mailed, on two instances whose statements are delayed.</summary>
public sealed class RacedAccounts : IAsyncLifetime
{
    public const string Other = "seven green teapots sing at noon";
    public const string Changed = "eight blue kettles hum at dusk";
    public const string Reset = "nine grey herons wade at dawn";

    internal static readonly string[] Passwords = [Scenarios.Password, Other, Changed, Reset];

    public App First { get; } = new()
    {
        // Without PostgreSQL one transaction runs after the other.
        Replace = services =>
        {
            if (TestPostgres.IsAvailable)
            {
                services.ConfigureDbContext<AppDbContext>(options => options.AddInterceptors(new RandomDelays()));
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

    internal static async Task<HttpResponseMessage> Call(App instance, RacedAccount account, string call)
    {
        using var client = account.Session?.On(instance) ?? instance.CreateClient();
        var (email, newEmail, password) = (account.Email, account.NewEmail, Scenarios.Password);

        return await (call switch
        {
            "register" => client.SignUp(email, Other),
            "confirm" => client.Post("/api/v1/auth/confirm-email", new { email, token = account.Confirm }),
            "resend" => client.Post("/api/v1/auth/resend-confirmation", new { email }),
            "login" => LogInAgainAndAgain(client, email, account.Session is null ? Other : password),
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

    // A sign-in is short: one of these reads the account before the other request commits, and writes after it. With
    // the wrong guesses of the test they are too few for a lockout.
    private static async Task<HttpResponseMessage> LogInAgainAndAgain(HttpClient client, string email, string password)
    {
        for (var i = 0; i < 5; i++)
        {
            await client.LogIn(email, password);
        }

        return await client.LogIn(email, password);
    }

    /// <summary>Registered with the password of another person, then by the owner, whose link is known.</summary>
    internal async Task<RacedAccount> Pending()
    {
        var email = Scenarios.NewAddress();
        using var client = First.CreateClient();
        await client.SignUp(email, Other);
        await First.NewestMail(email);
        await client.SignUp(email);
        await First.NewestMail(email, count: 2);
        var confirm = await First.MailedToken(email);
        await client.Post("/api/v1/auth/forgot-password", new { email });
        await First.NewestMail(email, count: 3);

        var reset = await First.MailedToken(email);

        return new RacedAccount(email, Scenarios.NewAddress(), await IdOf(email), confirm, reset);
    }

    internal async Task<RacedAccount> InUse()
    {
        var (email, newEmail) = (await First.ConfirmedUser(), Scenarios.NewAddress());
        var session = await First.SignedIn(email);
        await session.Client.Post("/api/v1/auth/forgot-password", new { email });
        await First.NewestMail(email, count: 2);
        var reset = await First.MailedToken(email);
        await session.Client.Post("/api/v1/account/change-email", new { newEmail, password = Scenarios.Password });
        var change = await First.MailedToken(newEmail);
        await First.NewestMail(email, count: 3);

        return new RacedAccount(email, newEmail, await IdOf(email), "", reset, change, session);
    }

    private Task<Guid> IdOf(string email) => First.Query(db =>
        db.Users.Where(user => user.Email == email).Select(user => user.Id).SingleAsync(Scenarios.Ct));

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

internal sealed record RacedAccount(
    string Email,
    string NewEmail,
    Guid Id,
    string Confirm,
    string Reset,
    string Change = "",
    Scenarios.Session? Session = null);
