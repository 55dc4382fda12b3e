using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Application.Idempotency;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Accounts;

public sealed class DeletedAccountsTests
{
    [PostgresFact]
    public async Task An_account_with_sixty_thousand_rows_is_deleted_at_once_and_its_rows_in_batches()
    {
        // With the app's own timeout of three seconds for a statement.
        await using var app = await new App { Reach = TestPostgres.WithoutTimeouts }.Started();
        await using var other = await app.Another();
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        using var kept = await app.SignedInClient();
        await app.Query(db =>
        {
            // These rows are of the test, which needs more than the timeout of the app on a busy machine.
            db.Database.SetCommandTimeout(TimeSpan.FromSeconds(30));

            return db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO sessions
                SELECT copy.* FROM sessions s, generate_series(1, 60000) n,
                    LATERAL jsonb_populate_record(s, jsonb_build_object('id', md5(n::text))) copy
                WHERE s.user_id = (SELECT id FROM users WHERE email = {email})
                """,
                Scenarios.Ct);
        });

        var watch = Stopwatch.StartNew();
        var response = await session.Client.Post("/api/v1/account/delete", new { password = Scenarios.Password });

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.False(await session.Client.IsSignedIn());
        Assert.Equal(60_002, await app.Query(db => db.Sessions.CountAsync(Scenarios.Ct)));

        await Task.WhenAll(app.RemoveDeletedAccounts(), other.RemoveDeletedAccounts());

        Assert.Equal(1, await app.Query(db => db.Sessions.CountAsync(Scenarios.Ct)));
        Assert.Equal(1, await app.Query(db => db.Users.IgnoreQueryFilters().CountAsync(Scenarios.Ct)));
        Assert.True(await kept.IsSignedIn());
    }

    [Fact]
    public async Task Rows_of_every_table_go_and_the_address_can_be_registered_again_before_that()
    {
        await using var app = await new App { Routes = SampleResource.Map }.Started();
        await using var other = await app.Another();
        var email = await app.ConfirmedUser();
        using var before = await app.SignedIn(email);
        await before.Client.CreateSample("key");
        await before.Client.Post("/api/v1/auth/forgot-password", new { email });
        await before.Client.Post("/api/v1/account/delete", new { password = Scenarios.Password });
        await app.AllMailsAreOut(email);
        await before.Client.SignUp(email);
        await app.NewestMail(email, count: 4);
        var token = await app.MailedToken(email);
        await before.Client.Post("/api/v1/auth/confirm-email", new { email, token });
        using var after = await app.SignedIn(email);
        await after.Client.CreateSample("key");

        await Task.WhenAll(app.RemoveDeletedAccounts(), other.RemoveDeletedAccounts());

        // A sample is stored as a session.
        Assert.Equal((1, 2, 1, 1), await app.Query(async db => (
            await db.Users.IgnoreQueryFilters().CountAsync(Scenarios.Ct),
            await db.Sessions.CountAsync(Scenarios.Ct),
            await db.MailedTokens.CountAsync(Scenarios.Ct),
            await db.Set<StoredResponse>().CountAsync(Scenarios.Ct))));
        Assert.True(await after.Client.IsSignedIn());
    }
}
