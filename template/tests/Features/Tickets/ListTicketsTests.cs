using System.Net;
using System.Text.Json;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Tickets;

public sealed class ListTicketsTests(SharedApp app)
{
    [Fact]
    public async Task The_newest_ticket_comes_first()
    {
        using var client = await app.SignedInClient();
        await client.OpenTicket("one");
        await client.OpenTicket("two");
        await client.OpenTicket("three");

        var page = await List(client);

        Assert.Equal(["three", "two", "one"], Titles(page));
        Assert.Equal(JsonValueKind.Null, page.GetProperty("nextCursor").ValueKind);
    }

    [Fact]
    public async Task New_tickets_do_not_shift_the_pages()
    {
        using var client = await app.SignedInClient();
        for (var i = 1; i <= 5; i++)
        {
            await client.OpenTicket($"{i}");
        }

        var first = await List(client, "?limit=2");
        await client.OpenTicket("opened meanwhile");
        var second = await List(client, $"?limit=2&cursor={first.Text("nextCursor")}");
        var third = await List(client, $"?limit=2&cursor={second.Text("nextCursor")}");

        Assert.Equal(["5", "4", "3", "2", "1"], [.. Titles(first), .. Titles(second), .. Titles(third)]);
        Assert.Equal(JsonValueKind.Null, third.GetProperty("nextCursor").ValueKind);
    }

    [Fact]
    public async Task A_page_has_twenty_tickets_by_default()
    {
        using var client = await app.SignedInClient();
        await Task.WhenAll(Enumerable.Range(0, 21).Select(i => client.OpenTicket($"{i}")));

        Assert.Equal(20, Titles(await List(client)).Count);
        Assert.Equal(21, Titles(await List(client, "?limit=100")).Count);
    }

    [Fact]
    public async Task The_status_filters_the_list()
    {
        using var client = await app.SignedInClient();
        await client.OpenTicket("open");
        await client.Close(await client.OpenTicket("closed"));

        Assert.Equal(["open"], Titles(await List(client, "?status=open")));
        Assert.Equal(["closed"], Titles(await List(client, "?status=closed")));
    }

    [Theory]
    [InlineData("PRINTER", true)]
    [InlineData("brÜcke", true)]
    [InlineData("second FLOOR", true)]
    [InlineData("100%", true)]
    [InlineData("a_b", true)]
    [InlineData("c\\d", true)]
    [InlineData("auf der STRASSE", true)]
    [InlineData("одессе", true)]
    [InlineData("1%0", false)]
    [InlineData("Pr_nter", false)]
    [InlineData("scanner", false)]
    public async Task Search_ignores_case_and_treats_wildcards_as_text(string search, bool isFound)
    {
        using var client = await app.SignedInClient();
        await client.OpenTicket(
            "Printer on the Brücke burns 100%", "On the second floor, a_b, c\\d, auf der Straße, в ОДЕССЕ");

        var page = await List(client, $"?search={Uri.EscapeDataString(search)}");

        Assert.Equal(isFound ? 1 : 0, Titles(page).Count);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("limit=99999999999", "limit")]
    [InlineData("status=OPEN", "status")]
    [InlineData("status=1", "status")]
    [InlineData("search=a%00b", "search")]
    [InlineData("search=A-text-that-is-longer-than-the-64-characters-that-a-search-may-have", "search")]
    [InlineData("cursor=x", "cursor")]
    [InlineData("cursor=________________________________", "cursor")]
    [InlineData("cursor=%7B%22id%22%3A1%7D", "cursor")]
    [InlineData("cursor=Jzs0IERST1AgVEFCTEUgdGlja2V0czsgLS0", "cursor")] // SQL in base64
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("status=open&status=closed", "status")]
    [InlineData("status=open&status=open", "status")]
    [InlineData("search=a&search=b", "search")]
    [InlineData("search=a&SEARCH=b", "SEARCH")]
    [InlineData("limit=1.0", "limit")]
    [InlineData("limit=1,000", "limit")]
    [InlineData("limit=0x10", "limit")]
    [InlineData("limit=%20", "limit")]
    public async Task An_invalid_parameter_is_named(string query, string parameter)
    {
        using var client = await app.SignedInClient();

        var response = await client.Get($"{TicketScenarios.Tickets}?{query}");

        await response.ShouldNameInvalid(parameter);
    }

    [Theory]
    [InlineData("status=&search=&cursor=&limit=")]
    [InlineData("search")]
    public async Task An_empty_parameter_counts_as_not_sent(string query)
    {
        using var client = await app.SignedInClient();
        await client.OpenTicket("mine");

        Assert.Equal(["mine"], Titles(await List(client, $"?{query}")));
    }

    [Fact]
    public async Task All_invalid_parameters_are_named_at_once()
    {
        using var client = await app.SignedInClient();

        var response = await client.Get($"{TicketScenarios.Tickets}?limit=0&status=OPEN&cursor=x&search=%00");

        await response.ShouldNameInvalid("limit", "status", "cursor", "search");
    }

    [Fact]
    public async Task The_cursor_of_another_user_shows_only_own_tickets()
    {
        using var client = await app.SignedInClient();
        using var other = await app.SignedInClient();
        await client.OpenTicket("mine");
        await other.OpenTicket("theirs");
        await other.OpenTicket("theirs too");
        var theirs = await List(other, "?limit=1");

        var page = await List(client, $"?cursor={theirs.Text("nextCursor")}");

        Assert.Equal(["mine"], Titles(page));
    }

    [Fact]
    public async Task Tickets_of_other_users_are_not_listed()
    {
        using var client = await app.SignedInClient();
        using var other = await app.SignedInClient();
        await other.OpenTicket();

        Assert.Empty(Titles(await List(client)));
    }

    private static async Task<JsonElement> List(HttpClient client, string query = "")
    {
        var response = await client.Get(TicketScenarios.Tickets + query);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        return await response.Json();
    }

    private static List<string> Titles(JsonElement page) =>
        [.. page.GetProperty("items").EnumerateArray().Select(ticket => ticket.Text("title"))];
}
