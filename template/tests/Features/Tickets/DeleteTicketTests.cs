using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Tickets;

public sealed class DeleteTicketTests(SharedApp app)
{
    [Fact]
    public async Task A_deleted_ticket_is_gone()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var deleted = await Delete(client, TicketScenarios.PathOf(ticket));
        var again = await Delete(client, TicketScenarios.PathOf(ticket));

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await again.ShouldBe(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task If_Match_must_name_the_current_version()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var stale = await Delete(client, TicketScenarios.PathOf(ticket), "\"7\"");
        var current = await Delete(client, TicketScenarios.PathOf(ticket), "\"1\"");

        await stale.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
        Assert.Equal(HttpStatusCode.NoContent, current.StatusCode);
    }

    [Fact]
    public async Task Deleting_the_account_deletes_its_tickets_for_a_later_account_too()
    {
        var email = await app.ConfirmedUser();
        using var before = await app.SignedIn(email);
        await before.Client.OpenTicket();
        await before.Client.Post("/api/v1/account/delete", new { password = Scenarios.Password });
        await app.NewestMail(email, count: 2);

        await before.Client.SignUp(email);
        await app.NewestMail(email, count: 3);
        var token = await app.MailedToken(email);
        await before.Client.Post("/api/v1/auth/confirm-email", new { email, token });
        using var after = await app.SignedIn(email);

        var page = await (await after.Client.Get("/api/v1/tickets")).Json();
        Assert.Equal(0, page.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task An_instance_that_still_accepts_the_token_of_a_deleted_account_leaves_nothing()
    {
        await using var own = await new App().Started();
        await using var other = await own.Another();
        using var session = await own.SignedIn(await own.ConfirmedUser());
        using var elsewhere = session.On(other);
        Assert.True(await elsewhere.IsSignedIn());

        await session.Client.Post("/api/v1/account/delete", new { password = Scenarios.Password });
        var opened = await elsewhere.Post("/api/v1/tickets", new { title = "Too late" });
        var changed = await elsewhere.Post(
            "/api/v1/account/change-password",
            new { currentPassword = Scenarios.Password, newPassword = "eight blue kettles hum at dusk" });

        await own.RemoveDeletedAccounts();
        // 401 if the cached session has expired on that instance, which is right too.
        Assert.Contains(opened.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Unauthorized });
        Assert.Contains(changed.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized });
        Assert.Equal(0, await own.Query(db => db.Tickets.CountAsync(Scenarios.Ct)));
        Assert.Equal(0, await own.Query(db => db.Users.IgnoreQueryFilters().CountAsync(Scenarios.Ct)));
    }

    private static Task<HttpResponseMessage> Delete(HttpClient client, string path, string? ifMatch = null) =>
        client.Send(HttpMethod.Delete, path, body: null, ifMatch);
}
