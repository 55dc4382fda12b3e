using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ProdReady.Application;

/// <summary>
/// Makes the instruments of the app. Each belongs to what counts: a singleton that is made at the start, so that all
/// metrics exist from then on.
/// </summary>
internal sealed class AppMeter(IMeterFactory meters)
{
    public const string Name = "app";

    private readonly Meter meter = meters.Create(Name);

    /// <param name="label">What its series are told apart by.</param>
    /// <param name="values">Series that begin with 0.</param>
    public LabelledCounter Counter(string name, string unit, string description, string label, params string[] values)
    {
        var counter = new LabelledCounter(label, values);
        meter.CreateObservableCounter(name, () => counter.Series, unit, description);

        return counter;
    }

    public void Gauge(string name, string unit, string description, Func<IEnumerable<Measurement<double>>> read) =>
        meter.CreateObservableGauge(name, read, unit, description);
}

/// <summary>
/// Prometheus sees no increase where a series appears with 1. So the values of the label are known beforehand, and an
/// alert on a first failure fires. Values are names in the code, never input: their number is bounded.
/// </summary>
internal sealed class LabelledCounter(string label, string[] values)
{
    private readonly ConcurrentDictionary<string, long> counts = new(values.ToDictionary(value => value, _ => 0L));

    public IEnumerable<Measurement<long>> Series =>
        counts.Select(count => new Measurement<long>(count.Value, new KeyValuePair<string, object?>(label, count.Key)));

    public void Add(string value, long amount = 1) => counts.AddOrUpdate(value, amount, (_, count) => count + amount);
}
