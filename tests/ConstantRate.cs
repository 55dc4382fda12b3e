using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// A fixed number of requests a second on the API: a third are POSTs, every second one of them with an Idempotency-Key.
/// Each request is sent once and at its time, however long others take, and each answer is counted.
/// </summary>
internal sealed class ConstantRate(HttpClient client, int perSecond)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentQueue<string> created = new();
    private readonly ConcurrentQueue<string> lost = new();
    private readonly CancellationTokenSource stop = new();

    public int Sent { get; private set; }

    /// <summary>The titles of the POSTs that were answered with 201.</summary>
    public IReadOnlyCollection<string> Created => created;

    /// <summary>What each request got that was not answered as it should be.</summary>
    public IReadOnlyCollection<string> Lost => lost;

    public async Task RunUntilStopped()
    {
        var running = new List<Task>();
        var watch = Stopwatch.StartNew();
        while (!stop.IsCancellationRequested)
        {
            while (Sent < watch.Elapsed.TotalSeconds * perSecond)
            {
                running.Add(Send(Sent));
                Sent++;
            }

            await Task.Delay(Tick);
        }

        await Task.WhenAll(running);
    }

    public void Stop() => stop.Cancel();

    private async Task Send(int number)
    {
        var title = $"{number}";
        var (request, expected) = number % 3 == 0
            ? (Post(title, hasKey: number % 2 == 0), HttpStatusCode.Created)
            : (new HttpRequestMessage(HttpMethod.Get, "/api/v1/tickets?limit=5"), HttpStatusCode.OK);
        try
        {
            using var answer = await client.SendAsync(request);
            if (answer.StatusCode != expected)
            {
                lost.Enqueue($"{request.Method} {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
            else if (request.Method == HttpMethod.Post)
            {
                created.Enqueue(title);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            lost.Enqueue($"{request.Method} {exception.Message}");
        }
    }

    private static HttpRequestMessage Post(string title, bool hasKey)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tickets")
        {
            Content = JsonContent.Create(new { title }),
        };
        if (hasKey)
        {
            request.Headers.Add("Idempotency-Key", $"load-{title}");
        }

        return request;
    }
}
