using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Tickets;

/// <summary>Concurrent requests on two instances.</summary>
public sealed class TicketRaceTests(TicketRaceTests.TwoInstances instances)
    : IClassFixture<TicketRaceTests.TwoInstances>
{
    [Fact]
    public async Task Fifty_requests_with_one_key_open_one_ticket()
    {
        var clients = await instances.SameUser();

        for (var round = 0; round < 10; round++)
        {
            var (key, ticket) = ($"round-{round}", new { title = $"Printer {round}" });

            var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
                clients[i % 2].PostOnce(TicketScenarios.Tickets, key, ticket)));

            var opened = answers.Where(answer => answer.StatusCode == HttpStatusCode.Created).ToList();
            var bodies = await Task.WhenAll(opened.Select(answer => answer.Content.ReadAsStringAsync(Scenarios.Ct)));
            Assert.Single(bodies.Distinct());
            Assert.Single(opened.Select(answer => answer.Headers.Location).Distinct());
            foreach (var refused in answers.Except(opened))
            {
                await refused.ShouldBe(HttpStatusCode.Conflict, "request-in-progress");
            }

            Assert.Equal(round + 1, await Count(clients[0]));
        }
    }

    [Fact]
    public async Task Of_fifty_concurrent_edits_each_accepted_one_is_kept()
    {
        var clients = await instances.SameUser();
        var path = TicketScenarios.PathOf(await clients[0].OpenTicket("0"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => CountUp(clients[i % 2], path)));

        var ticket = await clients[0].Get(path);
        var accepted = answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.InRange(accepted, 1, 50);
        Assert.Equal($"\"{accepted + 1}\"", ticket.Headers.ETag?.Tag);
        Assert.Equal($"{accepted}", (await ticket.Json()).Text("title"));
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
        {
            await refused.ShouldBe(HttpStatusCode.PreconditionFailed, "precondition-failed");
        }
    }

    [Fact]
    public async Task Concurrent_delete_and_edit_end_in_one_of_the_two()
    {
        var clients = await instances.SameUser();

        for (var round = 0; round < 20; round++)
        {
            var ticket = await clients[0].OpenTicket();
            var path = TicketScenarios.PathOf(ticket);

            var edits = Enumerable.Range(0, 5).Select(_ => clients[0].Edit(ticket, "*"));
            var deletions = Enumerable.Range(0, 5).Select(_ => clients[1].Send(HttpMethod.Delete, path));
            var answers = await Task.WhenAll([.. edits, .. deletions]);

            Assert.True(answers.Count(answer => answer.StatusCode == HttpStatusCode.NoContent) <= 1);
            Assert.All(answers, answer => Assert.Contains(
                answer.StatusCode,
                new[]
                {
                    HttpStatusCode.OK,
                    HttpStatusCode.NoContent,
                    HttpStatusCode.NotFound,
                    HttpStatusCode.Conflict,
                    HttpStatusCode.PreconditionFailed,
                }));
            var isDeleted = answers.Any(answer => answer.StatusCode == HttpStatusCode.NoContent);
            Assert.Equal(
                isDeleted ? HttpStatusCode.NotFound : HttpStatusCode.OK, (await clients[0].Get(path)).StatusCode);
        }
    }

    private static async Task<HttpResponseMessage> CountUp(HttpClient client, string path)
    {
        var seen = await client.Get(path);
        var title = $"{int.Parse((await seen.Json()).Text("title")) + 1}";

        return await client.Send(
            HttpMethod.Put, path, new { title, description = "", priority = "low" }, seen.Headers.ETag!.Tag);
    }

    private static async Task<int> Count(HttpClient client)
    {
        var page = await (await client.Get($"{TicketScenarios.Tickets}?limit=100")).Json();

        return page.GetProperty("items").GetArrayLength();
    }

    public sealed class TwoInstances : IAsyncLifetime
    {
        private readonly App first = new();
        private App? second;

        public async ValueTask InitializeAsync()
        {
            await first.InitializeAsync();
            second = await first.Another();
        }

        /// <summary>Clients of one user, one for each instance.</summary>
        public async Task<HttpClient[]> SameUser()
        {
            var session = await first.SignedIn(await first.ConfirmedUser());

            return [session.Client, session.On(second!)];
        }

        public async ValueTask DisposeAsync()
        {
            await second!.DisposeAsync();
            await first.DisposeAsync();
        }
    }
}
