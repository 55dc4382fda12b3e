using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class LockoutTests(SharedApp app)
{
    private const int Max = 10;

    [Fact]
    public async Task Nine_wrong_passwords_do_not_lock_the_account()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();

        await Guess(client, email, Max - 1);

        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email)).StatusCode);
        await Guess(client, email, Max - 1);
        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email)).StatusCode);
    }

    [Fact]
    public async Task After_ten_the_correct_password_gets_the_same_refusal()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();

        await Guess(client, email, Max);

        await (await client.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
    }

    [Fact]
    public async Task A_hundred_concurrent_guesses_on_two_instances_lock_once()
    {
        await using var first = await new App().Started();
        await using var second = await first.Another();
        var email = await first.ConfirmedUser();
        var clients = new[] { first.CreateClient(), second.CreateClient() };

        var guesses = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            clients[i % 2].LogIn(email, $"a wrong guess, number {i}")));

        Assert.All(guesses, guess => Assert.Equal(HttpStatusCode.Unauthorized, guess.StatusCode));
        await (await clients[0].LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        Assert.Equal(1, Count("locked-out"));
        Assert.Equal(Max, Reasons("wrong password"));
        Assert.Equal(100 - Max, Reasons("wrong password for a locked account"));

        int Count(string name) => first.Log.SecurityEvents.Concat(second.Log.SecurityEvents).Count(e => e == name);

        int Reasons(string reason) => first.Log.Lines.Concat(second.Log.Lines).Count(line =>
            line.Properties.TryGetValue("Reason", out var value) && value.ToString() == $"\"{reason}\"");
    }

    [Fact]
    public async Task A_lockout_is_temporary_and_ends_no_session()
    {
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        await Guess(session.Client, email, Max);

        Assert.True(await session.Client.IsSignedIn());
        Assert.Equal(HttpStatusCode.OK, (await session.Client.Refresh(session.RefreshToken)).StatusCode);

        await (await session.Client.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        await app.Query(db => FailuresOf(db, email).ExecuteUpdateAsync(
            set => set.SetProperty(failed => failed.EndsAt, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()),
            Scenarios.Ct));
        Assert.Equal(HttpStatusCode.OK, (await session.Client.LogIn(email)).StatusCode);
    }

    [Fact]
    public async Task Further_guesses_do_not_extend_the_lockout()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();
        await client.SignIn(email);
        await Guess(client, email, Max);
        var lockedUntil = await LockoutEnd(email);

        await Guess(client, email, Max);

        Assert.True(lockedUntil > DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.Equal(lockedUntil, await LockoutEnd(email));
    }

    [Fact]
    public async Task A_password_reset_ends_the_lockout()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();
        await Guess(client, email, Max);

        await client.Post("/api/v1/auth/forgot-password", new { email });
        await app.NewestMail(email, count: 2);
        const string NewPassword = "eight blue kettles hum at dusk";
        var token = await app.MailedToken(email);
        var reset = await client.Post("/api/v1/auth/reset-password", new { email, token, newPassword = NewPassword });

        Assert.Equal(HttpStatusCode.NoContent, reset.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email, NewPassword)).StatusCode);
    }

    [Fact]
    public async Task Guesses_of_the_current_password_count_too()
    {
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);

        for (var i = 0; i < Max; i++)
        {
            var response = i % 2 == 0
                ? await session.Client.Post("/api/v1/account/delete", new { password = "a wrong guess" })
                : await session.Client.Post(
                    "/api/v1/account/change-password",
                    new { currentPassword = "a wrong guess", newPassword = "eight blue kettles hum at dusk" });

            await response.ShouldNameInvalid(i % 2 == 0 ? "password" : "currentPassword");
        }

        await (await session.Client.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        var right = await session.Client.Post("/api/v1/account/delete", new { password = Scenarios.Password });
        await right.ShouldNameInvalid("password");
    }

    private static async Task Guess(HttpClient client, string email, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await (await client.LogIn(email, "a wrong guess"))
                .ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        }
    }

    private Task<long> LockoutEnd(string email) =>
        app.Query(db => FailuresOf(db, email).Select(failed => failed.EndsAt).SingleAsync(Scenarios.Ct));

    // The client has signed in, so its device is known.
    private static IQueryable<FailedSignIns> FailuresOf(AppDbContext db, string email) =>
        from failed in db.Set<FailedSignIns>()
        join device in db.Set<KnownDevice>() on failed.Key equals device.Key
        join user in db.Users on device.UserId equals user.Id
        where user.Email == email
        select failed;
}
