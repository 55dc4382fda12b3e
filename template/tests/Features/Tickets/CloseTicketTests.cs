using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Tickets;

public sealed class CloseTicketTests(SharedApp app)
{
    [Fact]
    public async Task A_closed_ticket_has_the_time_of_closing()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var response = await client.Close(ticket);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("\"2\"", response.Headers.ETag?.Tag);
        var closed = await response.Json();
        Assert.Equal("closed", closed.Text("status"));
        Assert.Equal(closed.Text("updatedAt"), closed.Text("closedAt"));
    }

    [Fact]
    public async Task If_Match_must_name_the_current_version()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var stale = await client.Close(ticket, "\"7\"");
        var current = await client.Close(ticket, "\"1\"");

        await stale.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
        Assert.Equal(HttpStatusCode.OK, current.StatusCode);
    }

    [Fact]
    public async Task Of_ten_concurrent_requests_one_closes_the_ticket()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.Close(ticket)));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.OK);
        foreach (var refused in responses.Where(response => response.StatusCode != HttpStatusCode.OK))
        {
            await refused.ShouldBe(HttpStatusCode.Conflict, "conflict");
        }
    }
}
