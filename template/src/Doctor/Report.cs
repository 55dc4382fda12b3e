using System.Text.Encodings.Web;

namespace ProdReady.Doctor;

internal enum Status
{
    Ok,
    Accepted,
    Warning,
    Failure,
}

internal sealed record Result(string Id, Status Status, string Message, string Fix)
{
    public int Step => Id[1] - '0';
}

internal static class Report
{
    // No browser shows it as HTML.
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // https://no-color.org
    private static bool HasColors => !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

    public static string Text(IReadOnlyList<Result> results)
    {
        var text = new StringBuilder();
        foreach (var (i, step) in Examination.Steps.Index())
        {
            var found = results.Where(result => result.Step == i + 1 && result.Status > Status.Ok).ToList();
            var worst = found.Select(result => result.Status).DefaultIfEmpty().Max();
            text.AppendLine($"{Mark(worst)} {i + 1} {step.Name}");
            found.ForEach(result => text.AppendLine(
                $"    {Mark(result.Status)} {result.Id} {result.Message}\n           {result.Fix}"));
        }

        return $"{text}Failures: {Count(results, Status.Failure)}, warnings: {Count(results, Status.Warning)}. "
            + "docs/doctor.md lists all checks.";
    }

    public static string Json(IReadOnlyList<Result> results)
    {
        var checks =
            from result in results
            let status = result.Status == Status.Accepted ? Status.Ok : result.Status
            select new { result.Id, result.Step, Status = $"{status}".ToLowerInvariant(), result.Message, result.Fix };
        var (failures, warnings) = (Count(results, Status.Failure), Count(results, Status.Warning));

        return JsonSerializer.Serialize(new { Checks = checks, Failures = failures, Warnings = warnings }, Readable);
    }

    private static int Count(IReadOnlyList<Result> results, Status status) =>
        results.Count(result => result.Status == status);

    private static string Mark(Status status)
    {
        var (mark, color) = status switch
        {
            Status.Failure => ("✗", 31),
            Status.Warning => ("!", 33),
            _ => ("✓", 32),
        };

        return HasColors ? $"\e[{color}m{mark}\e[0m" : mark;
    }
}
