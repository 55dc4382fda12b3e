using System.Diagnostics.Metrics;

namespace ProdReady.Infrastructure.Database;

/// <summary>A metric whose values are in the database, such as the length of a queue.</summary>
/// <param name="initial">What it has until the first read.</param>
internal sealed class DatabaseGauge(
    string name,
    string unit,
    string description,
    Measurement<double>[] initial,
    Func<AppDbContext, DateTimeOffset, CancellationToken, Task<Measurement<double>[]>> read)
{
    private volatile Measurement<double>[] latest = initial;

    public void AddTo(AppMeter meter) => meter.Gauge(name, unit, description, () => latest);

    public async Task Read(AppDbContext db, DateTimeOffset now, CancellationToken ct) =>
        latest = await read(db, now, ct);
}

/// <summary>
/// Reads the gauges in the background, since a scrape must not wait for the database. While it is away they keep their
/// values: that it is away is what readiness tells.
/// </summary>
internal sealed class DatabaseGauges(
    IEnumerable<DatabaseGauge> gauges, AppMeter meter, IServiceScopeFactory scopes, TimeProvider clock,
    ILogger<DatabaseGauges> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        foreach (var gauge in gauges)
        {
            gauge.AddTo(meter);
        }

        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                foreach (var gauge in gauges)
                {
                    await gauge.Read(scope.ServiceProvider.GetRequiredService<AppDbContext>(), clock.Now(), ct);
                }
            }
            catch (Exception exception) when (!ct.IsCancellationRequested)
            {
                logger.LogDebug(exception, "The gauges were not read");
            }
        }
    }
}
