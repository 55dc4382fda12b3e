using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

/// <summary>The database goes away while clients are busy, and comes back, and nobody has to do anything.</summary>
public sealed class OutageTests
{
    private const int Workers = 8;

    // Ten seconds are promised, and three to the probes; a machine that is busy may take some more. By itself the
    // driver would wait for half a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, int> made = new();
    private readonly ConcurrentDictionary<string, int> refused = new();
    private readonly CancellationTokenSource enough = new();

    [PostgresFact]
    public Task A_database_that_is_stopped_and_started_under_load() => IsSurvived(proxy => proxy.Down());

    [PostgresFact]
    public Task A_database_that_stops_to_answer_under_load() => IsSurvived(proxy => proxy.Hang());

    private async Task IsSurvived(Action<TcpProxy> goAway)
    {
        TcpProxy? proxy = null;
        await using var app = await new App
        {
            Routes = Things.Map,
            Reach = database => (proxy = TcpProxy.To(TestPostgres.Impatient(database))).ConnectionString,
        }.Started();
        await using var _ = proxy!;
        using var client = await app.SignedInClient();
        var work = Task.WhenAll(Enumerable.Range(0, Workers).Select(i => Work(client, $"worker {i}")));

        await Eventual.Happens(() => made.Count == Workers);
        goAway(proxy!);
        var watch = Stopwatch.StartNew();
        await Eventual.Happens(async () => await IsReady(client) is false);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, ProbePatience);
        Assert.InRange(TimeoutOfProbe(app), TimeSpan.Zero, ProbeTimeout);
        await Eventual.Happens(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/live")).StatusCode);

            return work.IsCompleted || refused.Count == Workers;
        });

        proxy!.Up();
        await Eventual.Happens(() => IsReady(client));
        var soFar = made.Values.Sum();
        await Eventual.Happens(() => work.IsCompleted || made.Values.Sum() > soFar + Workers);
        await enough.CancelAsync();
        await work;

        foreach (var (worker, count) in made)
        {
            Assert.Equal((worker, count), (worker, await app.CountThings(worker)));
        }

        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Error);
    }

    private static TimeSpan TimeoutOfProbe(App app) =>
        app.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations
            .Single(check => check.Name == "database").Timeout;

    private static async Task<bool> IsReady(HttpClient client) =>
        (await client.Get("/health/ready")).StatusCode == HttpStatusCode.OK;

    // Makes one thing after the other, each until it is told that it is made.
    private async Task Work(HttpClient client, string worker)
    {
        for (var i = 0; !enough.IsCancellationRequested; i++)
        {
            while (!await TryMake(client, worker, $"{worker} {i}".Replace(' ', '-')))
            {
                await Task.Delay(TimeSpan.FromSeconds(0.2), Stories.Ct);
            }

            made[worker] = i + 1;
        }
    }

    private async Task<bool> TryMake(HttpClient client, string worker, string key)
    {
        var watch = Stopwatch.StartNew();
        var answer = await client.MakeThing(key, worker);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Patience);
        if (answer.StatusCode == HttpStatusCode.Created)
        {
            return true;
        }

        Assert.NotNull(answer.Headers.RetryAfter);
        if (answer.StatusCode != HttpStatusCode.Conflict)
        {
            await answer.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
            refused[worker] = 1;
        }

        return false;
    }
}
