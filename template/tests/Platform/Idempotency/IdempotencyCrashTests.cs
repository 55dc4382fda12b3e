using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Idempotency;

/// <summary>What an Idempotency-Key promises when the process is killed.</summary>
public sealed class IdempotencyCrashTests
{
    private const int Rounds = 6;
    private const int Clients = 4;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    [PostgresFact]
    public async Task Killed_at_any_moment_the_app_executes_a_request_with_a_key_once()
    {
        await using var app = await new App
        {
            Routes = SampleResource.Map,
            ["Jwt:SigningKeys:0"] = Apps.SigningKey,
            ["Jwt:AccessTokenLifetime"] = "01:00:00",
        }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ConnectionStrings:Database"] = app.ConnectionString,
            ["RateLimits:Api:PermitLimit"] = "1000000",
        };
        var (sent, unanswered) = (new List<string>(), new List<string>());

        for (var round = 0; round < Rounds; round++)
        {
            var (process, client) = await AppProcess.Start(settings, SampleResource.Map);
            await using (process)
            {
                client.DefaultRequestHeaders.Authorization = new("Bearer", session.AccessToken);
                var started = new TaskCompletionSource();
                var working = Task.WhenAll(
                    Enumerable.Range(0, Clients).Select(_ => CreateUntilKilled(client, started)));
                await await Task.WhenAny(started.Task, working);
                await Task.Delay(Random.Shared.Next(500), Scenarios.Ct);
                await process.Kill();
                foreach (var keys in await working)
                {
                    sent.AddRange(keys);
                    unanswered.Add(keys[^1]);
                }
            }
        }

        var saved = await SavedOf(app, sent);
        Assert.Subset(saved.ToHashSet(), sent.Except(unanswered).ToHashSet());

        // Another instance retries all of them.
        var responses = new List<HttpResponseMessage>();
        foreach (var key in sent)
        {
            responses.Add(await CreateOnceUnlocked(session.Client, key));
        }

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.Created, response.StatusCode));
        var notReplayed = sent.Zip(responses).Where(pair => !pair.Second.IsReplayed()).ToList();
        Assert.All(notReplayed, pair => Assert.Contains(pair.First, unanswered));
        Assert.Equal(sent.Order(), (await SavedOf(app, sent)).Order());
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{sent.Count} requests, {unanswered.Count} without a response, "
            + $"of which {unanswered.Count - notReplayed.Count} were committed.");
    }

    private static Task<List<string>> SavedOf(App app, List<string> names) => app.Query(db => db.Sessions
        .Where(sample => names.Contains(sample.UserAgent!))
        .Select(sample => sample.UserAgent!)
        .ToListAsync(Scenarios.Ct));

    /// <returns>The keys that were sent; the last one got no response.</returns>
    private static async Task<List<string>> CreateUntilKilled(HttpClient client, TaskCompletionSource started)
    {
        var keys = new List<string>();
        try
        {
            while (true)
            {
                keys.Add($"{Guid.NewGuid()}");
                Assert.Equal(HttpStatusCode.Created, (await client.CreateSample(keys[^1], name: keys[^1])).StatusCode);
                started.TrySetResult();
            }
        }
        catch (HttpRequestException)
        {
            return keys;
        }
    }

    // PostgreSQL holds the advisory lock until it notices that the connection of the killed process is closed.
    private static async Task<HttpResponseMessage> CreateOnceUnlocked(HttpClient client, string key)
    {
        var deadline = DateTime.UtcNow + Timeout;
        while (true)
        {
            var response = await client.CreateSample(key, name: key);
            if (response.StatusCode != HttpStatusCode.Conflict || DateTime.UtcNow > deadline)
            {
                return response;
            }

            await Task.Delay(50, Scenarios.Ct);
        }
    }
}
