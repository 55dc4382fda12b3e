using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Idempotency;

public sealed class KilledTests
{
    private const int Rounds = 6;
    private const int Clients = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [PostgresFact]
    public async Task Whatever_moment_the_app_is_killed_at_a_key_opens_one_ticket()
    {
        await using var app = await new App
        {
            ["Jwt:SigningKeys:0"] = Apps.SigningKey,
            ["Jwt:AccessTokenLifetime"] = "01:00:00",
        }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ConnectionStrings:Database"] = app.ConnectionString,
            ["RateLimits:Api:PermitLimit"] = "1000000",
        };
        var (sent, lost) = (new List<string>(), new List<string>());

        for (var round = 0; round < Rounds; round++)
        {
            var (process, client) = await AppProcess.Start(settings);
            await using (process)
            {
                client.DefaultRequestHeaders.Authorization = new("Bearer", session.AccessToken);
                var begun = new TaskCompletionSource();
                var working = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => OpenUntilItDies(client, begun)));
                await await Task.WhenAny(begun.Task, working);
                await Task.Delay(Random.Shared.Next(500), Stories.Ct);
                await process.Kill();
                foreach (var keys in await working)
                {
                    sent.AddRange(keys);
                    lost.Add(keys[^1]);
                }
            }
        }

        // Another instance goes on.
        var answers = new List<HttpResponseMessage>();
        foreach (var key in sent)
        {
            answers.Add(await OpenInTheEnd(session.Client, key));
        }

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        var undone = sent.Zip(answers).Where(s => !s.Second.Headers.Contains("Idempotency-Replayed")).ToList();
        Assert.All(undone, pair => Assert.Contains(pair.First, lost));
        var opened = await app.Query(db => db.Tickets.Select(ticket => ticket.Title).ToListAsync(Stories.Ct));
        Assert.Equal(sent.Order(), opened.Order());
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"Of {sent.Count} sent, {lost.Count} were not answered; {lost.Count - undone.Count} of these were done.");
    }

    private static Task<HttpResponseMessage> Open(HttpClient client, string key) =>
        client.PostOnce(TicketStories.Tickets, key, new { title = key });

    /// <returns>The keys that were sent; the last one got no answer.</returns>
    private static async Task<List<string>> OpenUntilItDies(HttpClient client, TaskCompletionSource begun)
    {
        var keys = new List<string>();
        try
        {
            while (true)
            {
                keys.Add($"{Guid.NewGuid()}");
                Assert.Equal(HttpStatusCode.Created, (await Open(client, keys[^1])).StatusCode);
                begun.TrySetResult();
            }
        }
        catch (HttpRequestException)
        {
            return keys;
        }
    }

    // The database notices a moment later than we do that a connection has ended.
    private static async Task<HttpResponseMessage> OpenInTheEnd(HttpClient client, string key)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            var answer = await Open(client, key);
            if (answer.StatusCode != HttpStatusCode.Conflict || DateTime.UtcNow > deadline)
            {
                return answer;
            }

            await Task.Delay(50, Stories.Ct);
        }
    }
}
