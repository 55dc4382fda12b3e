using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ProdReady.Infrastructure.Database;

/// <summary>A metric whose values are in the database, such as the length of a queue.</summary>
/// <param name="Initial">What it has until the first read.</param>
internal sealed record DatabaseGauge(
    string Name, string Unit, string Description, Measurement<double>[] Initial,
    Func<AppDbContext, DateTimeOffset, CancellationToken, Task<Measurement<double>[]>> Read);

/// <summary>
/// Reads the gauges in the background, since a scrape must not wait for the database. While it is away they keep their
/// values: that it is away is what readiness tells.
/// </summary>
internal sealed class DatabaseGauges(
    IEnumerable<DatabaseGauge> gauges, AppMeter meter, IServiceScopeFactory scopes, TimeProvider clock,
    ILogger<DatabaseGauges> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Measurement<double>[]> latest =
        new(gauges.ToDictionary(gauge => gauge.Name, gauge => gauge.Initial));

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        foreach (var gauge in gauges)
        {
            meter.Gauge(gauge.Name, gauge.Unit, gauge.Description, () => latest[gauge.Name]);
        }

        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
                foreach (var gauge in gauges)
                {
                    latest[gauge.Name] = await gauge.Read(db, clock.Now(), ct);
                }
            }
            catch (Exception exception) when (!ct.IsCancellationRequested)
            {
                logger.LogDebug(exception, "The gauges were not read");
            }
        }
    }
}
