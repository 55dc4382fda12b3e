using System.Diagnostics;
using System.Globalization;

namespace ProdReadyTemplate.Benchmark;

/// <summary>What a run of one app measured. Times in microseconds.</summary>
internal sealed record Result(double PerSecond, double P50, double P99, double Cpu, double Bytes);

internal static class Load
{
    public const int Connections = 16;

    /// <summary>Sends the work a few times in sequence, and counts what goes to the database for each.</summary>
    public static async Task<string> Count(App app, Wire wire, Work work, Database database)
    {
        const int Requests = 20;

        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", database.Token);
        var before = wire.Counts;
        for (var i = -1; i < Requests; i++)
        {
            using var request = new HttpRequestMessage(new(work.Method), work.Url(app.Port, database.TicketId));
            request.Content = work.Body is null ? null : new StringContent(work.Body, null, "application/json");
            if (work.HasKey)
            {
                request.Headers.Add("Idempotency-Key", $"{Guid.NewGuid()}");
            }

            (await client.SendAsync(request)).EnsureSuccessStatusCode();
            // The first one opens a connection, and reads the session.
            before = i < 0 ? wire.Counts : before;
        }

        return $"{(double)(wire.Counts.Commands - before.Commands) / Requests:0.#} in "
            + $"{(double)(wire.Counts.RoundTrips - before.RoundTrips) / Requests:0.#}";
    }

    /// <summary>Sends the work for some seconds with wrk. An answer that is no 2xx ends the benchmark.</summary>
    public static async Task<Result> Run(App app, Work work, string url, string token, int seconds)
    {
        var wrk = new ProcessStartInfo("wrk", [
            "-t", "1", "-c", $"{Connections}", "-d", $"{seconds}s", "--timeout", "10s",
            "-s", Path.Combine(AppContext.BaseDirectory, "load.lua"), url])
        {
            RedirectStandardOutput = true,
            Environment = { ["METHOD"] = work.Method, ["TOKEN"] = token },
        };
        if (work.Body is not null)
        {
            wrk.Environment["BODY"] = work.Body;
        }

        if (work.HasKey)
        {
            wrk.Environment["KEYS"] = $"{Guid.NewGuid():N}";
        }

        var (cpu, bytes) = (app.Cpu, app.AllocatedBytes());
        using var process = Process.Start(wrk)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var line = output.Split('\n').FirstOrDefault(text => text.StartsWith("result ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"wrk: {output}");
        var numbers = line.Split(' ')[1..].Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        if (numbers[4] > 0)
        {
            throw new InvalidOperationException($"{url}: {numbers[4]} of {numbers[0]} requests failed");
        }

        return new Result(
            numbers[0] / numbers[1] * 1_000_000,
            numbers[2],
            numbers[3],
            (app.Cpu - cpu).TotalMicroseconds / numbers[0],
            (app.AllocatedBytes() - bytes) / numbers[0]);
    }
}
