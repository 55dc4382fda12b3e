namespace ProdReadyTemplate.Benchmark;

internal static class Report
{
    private static readonly (string Name, Func<Result, double> Of)[] Columns =
    [
        ("throughput", result => result.PerSecond),
        ("p50", result => result.P50),
        ("p99", result => result.P99),
        ("CPU/request", result => result.Cpu),
        ("bytes/request", result => result.Bytes),
    ];

    public static string Heading =>
        $"{"work",-14}{string.Concat(Columns.Select(column => $"{column.Name,-21}"))}requests/s, CPU µs, KiB";

    public static string Row(string work, IReadOnlyList<(Result Ours, Result Bare)> results)
    {
        var ratios = Columns.Select(column =>
            Spread(results.Select(pair => column.Of(pair.Ours) / column.Of(pair.Bare))));
        var figures = new[] { results.Select(pair => pair.Ours), results.Select(pair => pair.Bare) }.Select(all =>
            $"{Median(all.Select(r => r.PerSecond)):0}, {Median(all.Select(r => r.Cpu)):0}, "
                + $"{Median(all.Select(r => r.Bytes)) / 1024:0.0}");

        return $"{work,-14}{string.Concat(ratios.Select(ratio => $"{ratio,-21}"))}"
            + string.Join(" | ", figures);
    }

    public static string Spread(IEnumerable<double> values)
    {
        var all = values.ToList();

        return $"{Median(all):0.00} ({all.Min():0.00} to {all.Max():0.00})";
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();

        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
