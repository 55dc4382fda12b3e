using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Tickets;

public sealed class DeleteTicketTests(SharedApp app)
{
    [Fact]
    public async Task A_deleted_ticket_is_gone()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var deleted = await Delete(client, TicketStories.PathOf(ticket));
        var again = await Delete(client, TicketStories.PathOf(ticket));

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await again.ShouldBe(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task A_version_that_was_sent_must_be_the_current_one()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var stale = await Delete(client, TicketStories.PathOf(ticket), "\"7\"");
        var current = await Delete(client, TicketStories.PathOf(ticket), "\"1\"");

        await stale.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
        Assert.Equal(HttpStatusCode.NoContent, current.StatusCode);
    }

    private static Task<HttpResponseMessage> Delete(HttpClient client, string path, string? ifMatch = null) =>
        client.Send(HttpMethod.Delete, path, body: null, ifMatch);
}
