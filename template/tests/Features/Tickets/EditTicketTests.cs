using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Tickets;

public sealed class EditTicketTests(SharedApp app)
{
    [Fact]
    public async Task Editing_the_current_version_makes_a_new_version()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var response = await client.Edit(ticket, "\"1\"", title: "Printer is repaired");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("\"2\"", response.Headers.ETag?.Tag);
        var edited = await response.Json();
        Assert.Equal("Printer is repaired", edited.Text("title"));
        Assert.Equal("low", edited.Text("priority"));
        Assert.Equal(ticket.Text("createdAt"), edited.Text("createdAt"));
    }

    [Fact]
    public async Task All_members_are_required()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var response = await client.Send(HttpMethod.Put, TicketScenarios.PathOf(ticket), new { }, "\"1\"");

        await response.ShouldNameInvalid("title", "description", "priority");
    }

    [Fact]
    public async Task An_unknown_ticket_is_not_found_even_without_If_Match()
    {
        using var client = await app.SignedInClient();

        var response = await client.Send(
            HttpMethod.Put,
            $"{TicketScenarios.Tickets}/{Guid.NewGuid()}",
            new { title = "a", description = "", priority = "low" });

        await response.ShouldBe(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task If_Match_is_required()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var response = await client.Edit(ticket, ifMatch: null);

        await response.ShouldBe(HttpStatusCode.PreconditionRequired, "precondition-required");
    }

    [Theory]
    [InlineData("\"2\"")]
    [InlineData("W/\"2\"")]
    [InlineData("\"x\"")]
    [InlineData("\"2\", \"3\"")]
    public async Task If_Match_must_name_the_current_version(string ifMatch)
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var response = await client.Edit(ticket, ifMatch);

        await response.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
    }

    [Theory]
    [InlineData("W/\"1\"")] // nginx with gzip
    [InlineData("\"1-gzip\"")] // Apache
    public async Task An_ETag_that_a_compressing_proxy_has_changed_is_taken(string ifMatch)
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var response = await client.Edit(ticket, ifMatch);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_malformed_If_Match_is_refused()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var response = await client.Edit(ticket, "1");

        await response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
    }

    [Fact]
    public async Task Of_ten_concurrent_edits_of_one_version_one_succeeds()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.Edit(ticket, "\"1\"")));

        var statuses = responses.Select(response => response.StatusCode).Order().ToList();
        Assert.Equal([HttpStatusCode.OK, .. Enumerable.Repeat(HttpStatusCode.PreconditionFailed, 9)], statuses);
    }

    [Fact]
    public async Task A_closed_ticket_cannot_be_edited()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        await client.Close(ticket);

        var stale = await client.Edit(ticket, "\"1\"");
        var current = await client.Edit(ticket, "\"2\"");

        await stale.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
        var problem = await current.ShouldBe(HttpStatusCode.Conflict, "conflict");
        Assert.Contains("closed", problem.Text("detail"));
    }
}
