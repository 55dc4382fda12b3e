using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Tickets;

public sealed class OpenTicketTests(SharedApp app)
{
    [Fact]
    public async Task A_new_ticket_is_open_and_can_be_fetched()
    {
        using var client = await app.SignedInClient();

        var response = await client.Post(
            TicketScenarios.Tickets,
            new { title = "Printer is on fire", description = "Second floor", priority = "high" });

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("\"1\"", response.Headers.ETag?.Tag);
        var ticket = await response.Json();
        Assert.Equal(
            ["id", "title", "description", "priority", "status", "createdAt", "updatedAt", "closedAt"],
            ticket.EnumerateObject().Select(member => member.Name));
        Assert.Equal("open", ticket.Text("status"));
        var fetched = await (await client.Get(response.Headers.Location!.ToString())).Json();
        Assert.Equal(ticket.GetRawText(), fetched.GetRawText());
    }

    [Fact]
    public async Task Description_and_priority_can_be_left_out()
    {
        using var client = await app.SignedInClient();

        var response = await client.Post(TicketScenarios.Tickets, new { title = "Printer is on fire" });

        var ticket = await response.Json();
        Assert.Equal("", ticket.Text("description"));
        Assert.Equal("normal", ticket.Text("priority"));
    }

    [Fact]
    public async Task A_title_has_up_to_200_characters_of_any_script()
    {
        using var client = await app.SignedInClient();
        var title = string.Concat(Enumerable.Repeat("😀", 200));

        var ticket = await client.OpenTicket(title, string.Concat(Enumerable.Repeat("𐐀", 10_000)));
        var longer = await client.Post(TicketScenarios.Tickets, new { title = title + "!" });

        Assert.Equal(title, ticket.Text("title"));
        await longer.ShouldNameInvalid("title");
    }

    [Theory]
    [InlineData("""{}""", "title")]
    [InlineData("""{"title":null}""", "title")]
    [InlineData("""{"title":""}""", "title")]
    [InlineData("""{"title":1}""", "title")]
    [InlineData("""{"title":"a\u0000b"}""", "title")]
    [InlineData("""{"title":"a\ud800b"}""", "title")]
    [InlineData("""{"title":"a","description":["b"]}""", "description")]
    [InlineData("""{"title":"a","priority":"urgent"}""", "priority")]
    [InlineData("""{"title":"a","priority":"HIGH"}""", "priority")]
    [InlineData("""{"title":"a","priority":"low,high"}""", "priority")]
    [InlineData("""{"title":"a","priority":1}""", "priority")]
    [InlineData("""{"title":"a","priority":"1"}""", "priority")]
    [InlineData("""{"title":"a","priority":""}""", "priority")]
    [InlineData("""{"title":"a","priority":["high"]}""", "priority")]
    [InlineData("""{"title":"a","priority":1e400}""", "priority")]
    [InlineData("""{"title":["a"]}""", "title")]
    public async Task An_invalid_member_is_named(string body, string member)
    {
        using var client = await app.SignedInClient();

        var response = await client.PostRaw(TicketScenarios.Tickets, body);

        await response.ShouldNameInvalid(member);
    }

    [Theory]
    [InlineData("""{"title":"a","title":"b"}""", "title")]
    [InlineData("""{"title":"a","TITLE":"b"}""", "TITLE")]
    [InlineData("""{"title":"a","status":"closed"}""", "status")]
    [InlineData("""{"title":"a","ownerId":"019a1f3d-52c8-7a04-8e2b-6d1f90c7a35e"}""", "ownerId")]
    public async Task An_unknown_or_duplicate_member_is_named(string body, string member)
    {
        using var client = await app.SignedInClient();

        var response = await client.PostRaw(TicketScenarios.Tickets, body);

        await response.ShouldNameUnreadable(member);
    }

    [Fact]
    public async Task Titles_and_descriptions_have_a_maximum_length()
    {
        using var client = await app.SignedInClient();

        var longest = await client.Post(
            TicketScenarios.Tickets, new { title = new string('ä', 200), description = new string('ä', 10_000) });
        var tooLong = await client.Post(
            TicketScenarios.Tickets, new { title = new string('a', 201), description = new string('a', 10_001) });

        Assert.Equal(HttpStatusCode.Created, longest.StatusCode);
        await tooLong.ShouldNameInvalid("title", "description");
    }
}
