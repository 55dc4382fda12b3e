using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Tickets;

public sealed class KilledTests
{
    private const int Requests = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [PostgresFact]
    public async Task Whatever_moment_the_app_is_killed_at_a_key_opens_one_ticket()
    {
        await using var app = await new App { ["Jwt:SigningKeys:0"] = Apps.SigningKey }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ConnectionStrings:Database"] = app.ConnectionString,
        };
        var (lost, doneBefore) = (0, 0);

        for (var round = 0; round < 10; round++)
        {
            var tickets = Enumerable.Range(0, Requests).Select(i => $"Printer {round}-{i}").ToList();
            var (process, client) = await AppProcess.Start(settings);
            await using (process)
            {
                client.DefaultRequestHeaders.Authorization = new("Bearer", session.AccessToken);
                await client.OpenTicket("The first request takes longer than all others");

                var sent = tickets.Select(title => Open(client, title)).ToList();
                await Task.Delay(Random.Shared.Next(40), Stories.Ct);
                await process.Kill();
                lost += (await Task.WhenAll(sent)).Count(status => status is null);
            }

            // Another instance, which runs on.
            foreach (var title in tickets)
            {
                var answer = await OpenInTheEnd(session.Client, title);
                doneBefore += answer.Headers.Contains("Idempotency-Replayed") ? 1 : 0;

                Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
                var opened = await app.Query(db => db.Tickets.CountAsync(ticket => ticket.Title == title, Stories.Ct));
                Assert.Equal(1, opened);
            }
        }

        Assert.InRange(lost, 1, 10 * Requests);
        TestContext.Current.TestOutputHelper?.WriteLine($"{lost} answers were lost, {doneBefore} requests were done");
    }

    private static async Task<HttpStatusCode?> Open(HttpClient client, string title)
    {
        try
        {
            return (await client.PostOnce(TicketStories.Tickets, title.Replace(' ', '-'), new { title })).StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    // The database notices a moment later than we do that a connection has ended.
    private static async Task<HttpResponseMessage> OpenInTheEnd(HttpClient client, string title)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            var answer = await client.PostOnce(TicketStories.Tickets, title.Replace(' ', '-'), new { title });
            if (answer.StatusCode != HttpStatusCode.Conflict || DateTime.UtcNow > deadline)
            {
                return answer;
            }

            await Task.Delay(50, Stories.Ct);
        }
    }
}
