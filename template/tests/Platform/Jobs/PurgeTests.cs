using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Idempotency;
using ProdReady.Domain;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Infrastructure.Email;
using ProdReady.Infrastructure.RateLimiting;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Jobs;

public sealed class PurgeTests
{
    [Fact]
    public async Task Two_instances_at_once_delete_what_has_expired_and_nothing_else()
    {
        await Eventual.IsNotTheEndOfTheHour();
        await using var app = await new App
        {
            Routes = SampleResource.Map,
            ["RateLimits:Auth:Window"] = "00:00:01",
        }.Started();
        await using var other = await app.Another();
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        await session.Client.CreateSample("old");
        await app.Query(db => db.Set<StoredResponse>().ExecuteUpdateAsync(
            set => set.SetProperty(key => key.ExpiresAt, DateTimeOffset.UtcNow), Scenarios.Ct));
        await session.Client.CreateSample("new");
        await app.Query(async db =>
        {
            var userId = await db.Users.Select(user => user.Id).SingleAsync(Scenarios.Ct);
            var (now, device) = (DateTimeOffset.UtcNow, new Device("203.0.113.7", null));
            for (var i = 0; i < 1_300; i++)
            {
                db.Add(Session.Start(userId, device, now.AddDays(-100), TimeSpan.FromDays(90)));
                db.Add(Session.Start(userId, device, now.AddDays(-15), TimeSpan.FromDays(90)));
            }

            return await db.SaveChangesAsync(Scenarios.Ct);
        });
        await Task.Delay(TimeSpan.FromSeconds(2), Scenarios.Ct);

        var removed = await Task.WhenAll(Purge(app), Purge(other));

        Assert.Equal(2_602, removed.Sum());
        Assert.Equal(1, await app.Query(db => db.Set<StoredResponse>().CountAsync(Scenarios.Ct)));
        Assert.Equal(3, await app.Query(db => db.Sessions.CountAsync(Scenarios.Ct)));
        Assert.Equal(0, await app.Query(db => db.Set<RateCounter>().CountAsync(
            counter => counter.Key.StartsWith("auth "), Scenarios.Ct)));
        Assert.True(await session.Client.IsSignedIn());
    }

    [Fact]
    public async Task Mails_given_up_long_ago_and_expired_links_are_deleted()
    {
        await using var server = MailServer.Start();
        await server.Down();
        // No counter expires meanwhile.
        await Eventual.IsNotTheEndOfTheHour();
        await using var app = new App { ["RateLimits:Auth:Window"] = "1.00:00:00" };
        server.Serve(app);
        await app.InitializeAsync();
        using var client = app.CreateClient();
        foreach (var email in (string[])["old@example.com", "new@example.com"])
        {
            await client.SignUp(email);
        }

        var now = DateTimeOffset.UtcNow;
        await app.Query(db => db.Set<OutboxEmail>().ExecuteUpdateAsync(
            set => set.SetProperty(
                mail => mail.FailedAt,
                mail => mail.Recipient == "old@example.com" ? now.AddDays(-31) : now.AddDays(-29)),
            Scenarios.Ct));
        await app.Query(db => db.MailedTokens
            .Where(token => db.Users.Any(user => user.Id == token.UserId && user.Email == "old@example.com"))
            .ExecuteUpdateAsync(set => set.SetProperty(token => token.ExpiresAt, now), Scenarios.Ct));

        Assert.Equal(2, await Purge(app));

        Assert.Equal("new@example.com", await app.Query(db => db.Set<OutboxEmail>()
            .Select(mail => mail.Recipient).SingleAsync(Scenarios.Ct)));
        Assert.Equal("new@example.com", await app.Query(db => db.MailedTokens
            .Select(token => db.Users.Single(user => user.Id == token.UserId).Email).SingleAsync(Scenarios.Ct)));
    }

    [Fact]
    public async Task An_account_that_is_not_confirmed_is_deleted_seven_days_after_its_last_link()
    {
        await using var app = await new App().Started();
        using var client = app.CreateClient();
        var (old, asked, recent) = (Scenarios.NewAddress(), Scenarios.NewAddress(), Scenarios.NewAddress());
        foreach (var email in (string[])[old, asked, recent])
        {
            await client.SignUp(email);
        }

        var confirmed = await app.ConfirmedUser();
        var now = DateTimeOffset.UtcNow;
        await app.Query(db => db.Users.ExecuteUpdateAsync(
            set => set.SetProperty(user => user.LinkMailedAt, now.AddDays(-8)), Scenarios.Ct));
        await app.Query(db => db.Users.Where(user => user.Email == recent).ExecuteUpdateAsync(
            set => set.SetProperty(user => user.LinkMailedAt, now.AddDays(-6)), Scenarios.Ct));
        await client.Post("/api/v1/auth/resend-confirmation", new { email = asked });

        Assert.Equal(1, await Purge(app));

        Assert.Equal(
            new[] { asked, recent, confirmed }.Order(),
            (await app.Query(db => db.Users.Select(user => user.Email!).ToListAsync(Scenarios.Ct))).Order());
    }

    private static Task<int> Purge(App app) => app.Services.GetRequiredService<Purge>().Run(Scenarios.Ct);
}
