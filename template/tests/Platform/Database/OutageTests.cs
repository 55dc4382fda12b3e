using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

/// <summary>The database goes away under load and comes back; the app recovers by itself.</summary>
public sealed class OutageTests
{
    private const int Workers = 8;

    // docs/limits.md promises 10 seconds, and 3 for probes; the rest is for a busy machine. Npgsql's own default is 30.
    private static readonly TimeSpan MaxResponseTime = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan MaxProbeTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan MaxProbeTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, int> made = new();
    private readonly ConcurrentDictionary<string, int> refused = new();
    private readonly CancellationTokenSource stop = new();

    [PostgresFact]
    public Task A_database_that_is_stopped_and_started_under_load() => IsSurvived(proxy => proxy.Down());

    [PostgresFact]
    public Task A_database_that_hangs_under_load() => IsSurvived(proxy => proxy.Hang());

    private async Task IsSurvived(Action<TcpProxy> goAway)
    {
        TcpProxy? proxy = null;
        await using var app = await new App
        {
            Routes = SampleResource.Map,
            Reach = database => (proxy = TcpProxy.To(TestPostgres.WithoutTimeouts(database))).ConnectionString,
        }.Started();
        await using var _ = proxy!;
        using var client = await app.SignedInClient();
        var work = Task.WhenAll(Enumerable.Range(0, Workers).Select(i => Work(client, $"worker {i}")));

        await Eventual.Happens(() => made.Count == Workers);
        goAway(proxy!);
        var watch = Stopwatch.StartNew();
        await Eventual.Happens(async () => await IsReady(client) is false);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, MaxProbeTime);
        Assert.InRange(TimeoutOfProbe(app), TimeSpan.Zero, MaxProbeTimeout);
        await Eventual.Happens(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/live")).StatusCode);

            return work.IsCompleted || refused.Count == Workers;
        });

        proxy!.Up();
        await Eventual.Happens(() => IsReady(client));
        var soFar = made.Values.Sum();
        await Eventual.Happens(() => work.IsCompleted || made.Values.Sum() > soFar + Workers);
        await stop.CancelAsync();
        await work;

        foreach (var (worker, count) in made)
        {
            Assert.Equal((worker, count), (worker, await app.CountSamples(worker)));
        }

        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Error);
    }

    private static TimeSpan TimeoutOfProbe(App app) =>
        app.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations
            .Single(check => check.Name == "database").Timeout;

    private static async Task<bool> IsReady(HttpClient client) =>
        (await client.Get("/health/ready")).StatusCode == HttpStatusCode.OK;

    // Creates one thing after the other, and retries each with its key until the response is 201.
    private async Task Work(HttpClient client, string worker)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            while (!await TryMake(client, worker, $"{worker} {i}".Replace(' ', '-')))
            {
                await Task.Delay(TimeSpan.FromSeconds(0.2), Scenarios.Ct);
            }

            made[worker] = i + 1;
        }
    }

    private async Task<bool> TryMake(HttpClient client, string worker, string key)
    {
        var watch = Stopwatch.StartNew();
        var answer = await client.CreateSample(key, worker);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, MaxResponseTime);
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
