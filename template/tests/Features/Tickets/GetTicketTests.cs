using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Tickets;

public sealed class GetTicketTests(SharedApp app)
{
    [Fact]
    public async Task An_unchanged_ticket_is_not_sent_again()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        client.DefaultRequestHeaders.TryAddWithoutValidation("If-None-Match", "W/\"1\"");

        var unchanged = await client.Get(TicketScenarios.PathOf(ticket));
        await client.Edit(ticket, "\"1\"");
        var changed = await client.Get(TicketScenarios.PathOf(ticket));

        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal("\"1\"", unchanged.Headers.ETag?.Tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal("\"2\"", changed.Headers.ETag?.Tag);
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("1")]
    [InlineData("x")]
    [InlineData("urn:uuid:019a1f3d-52c8-7a04-8e2b-6d1f90c7a35e")]
    [InlineData("019a1f3d-52c8-7a04-8e2b-6d1f90c7a35e0")]
    [InlineData("%ff")]
    [InlineData("%2e%2e%2f")]
    [InlineData("' OR 1=1 --")]
    public async Task An_unknown_id_is_not_found(string id)
    {
        using var client = await app.SignedInClient();

        var response = await client.Get($"{TicketScenarios.Tickets}/{id}");

        await response.ShouldBe(HttpStatusCode.NotFound, "not-found");
    }

    [Theory]
    [InlineData("N")]
    [InlineData("B")]
    [InlineData("P")]
    [InlineData("X")]
    public async Task Another_format_of_an_id_finds_the_same_ticket_or_nothing(string format)
    {
        using var client = await app.SignedInClient();
        var id = Guid.Parse((await client.OpenTicket()).Text("id"));

        var upperCase = await client.Get($"{TicketScenarios.Tickets}/{id.ToString().ToUpperInvariant()}");
        var other = await client.Get($"{TicketScenarios.Tickets}/{Uri.EscapeDataString(id.ToString(format))}");

        Assert.Equal(HttpStatusCode.OK, upperCase.StatusCode);
        Assert.Equal($"{id}", (await upperCase.Json()).Text("id"));
        Assert.True(other.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Tickets_of_other_users_are_not_found()
    {
        using var client = await app.SignedInClient();
        using var other = await app.SignedInClient();
        var theirs = await other.OpenTicket();

        var answers = new[]
        {
            await client.Get(TicketScenarios.PathOf(theirs)),
            await client.Edit(theirs, "\"1\""),
            await client.Close(theirs),
            await client.Send(HttpMethod.Delete, TicketScenarios.PathOf(theirs)),
        };

        foreach (var answer in answers)
        {
            await answer.ShouldBe(HttpStatusCode.NotFound, "not-found");
        }

        Assert.Equal(HttpStatusCode.OK, (await other.Get(TicketScenarios.PathOf(theirs))).StatusCode);
    }
}
