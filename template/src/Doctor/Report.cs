using System.Text.Json.Serialization;

namespace ProdReady.Doctor;

internal enum Status
{
    Ok,
    Warning,
    Failure,
}

/// <param name="Fix">What to do, or why it is accepted. Empty where nothing was found.</param>
internal sealed record Result(string Id, Status Status, string Message, string Fix)
{
    public int Step => Id[1] - '0';
}

/// <summary>The check ended without an answer, so it did not find what it looks for.</summary>
internal sealed record Unseen(string Cause)
{
    public override string ToString() => Cause;
}

internal static class Report
{
    // The table has a line for each check: id, mark, fine, found, to do.
    private static readonly Dictionary<string, string[]> Texts = Encoding.UTF8
        .GetString(EmbeddedFile.Read("Doctor/findings.md")).Split('\n').Where(line => line is ['|', ' ', 'D', ..])
        .Select(line => line.Trim('|', ' ', '\r').Split(" | ")).ToDictionary(cells => cells[0]);

    // In the order of Status. Plain in a file or a pipe, and with https://no-color.org.
    private static readonly string[] Marks =
        Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
            ? ["✓", "!", "✗"]
            : ["\e[32m✓\e[0m", "\e[33m!\e[0m", "\e[31m✗\e[0m"];

    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <returns>0 without a failure, 1 with one (--strict: or with a warning), 2 if it could not run.</returns>
    public static async Task<int> Examine(this WebApplication app, string[] options)
    {
        try
        {
            var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints);
            var results = await Examination.Of(app.Services, routes);
            var failures = results.Count(result => result.Status == Status.Failure);
            var warnings = results.Count(result => result.Status == Status.Warning);
            Console.Out.WriteLine(options.Contains("--json")
                ? JsonSerializer.Serialize(new { Checks = results, failures, warnings }, Json)
                : $"{Text(results)}Failures: {failures}, warnings: {warnings}. docs/doctor.md lists all checks.");

            return failures > 0 || (warnings > 0 && options.Contains("--strict")) ? 1 : 0;
        }
        catch (Exception exception)
        {
            // Without the message, which may quote a setting.
            await Console.Error.WriteLineAsync($"The doctor could not run: {exception.GetType().Name}.");

            return 2;
        }
    }

    public static Result Of(string id, object? found, IEnumerable<string> accepted, IConfiguration configuration)
    {
        var text = Texts[id];
        var status = text[1] == "!" ? Status.Warning : Status.Failure;
        // With the detail, an entry covers no other finding of this check.
        var reason = accepted.Select(entry => Regex.Match(entry, $"^{id}( {Regex.Escape($"{found}")})?=(?<reason>.+)"))
            .FirstOrDefault(entry => entry.Success)?.Groups["reason"].Value;

        return (found, reason) switch
        {
            (null or false or "", _) => new(id, Status.Ok, text[2], Fix: ""),
            (Unseen, _) => new(
                id, status, Fill($"Not checked ({{0}}): {text[2]}"), "Correct it, and run doctor again."),
            (_, not null) => new(id, Status.Ok, Fill(text[3]), $"Accepted: {reason}"),
            _ => new(id, status, Fill(text[3]), Fill(text[4])),
        };

        string Fill(string cell) => Secrets.Redact(configuration, cell.Replace("{0}", $"{found}"));
    }

    private static StringBuilder Text(IReadOnlyList<Result> results)
    {
        var text = new StringBuilder();
        foreach (var (i, step) in Examination.Steps.Index())
        {
            var found = results.Where(result => result.Step == i + 1 && result.Fix.Length > 0).ToList();
            var worst = found.Select(result => result.Status).DefaultIfEmpty().Max();
            text.AppendLine($"{Marks[(int)worst]} {i + 1} {step.Name}");
            found.ForEach(result => text.AppendLine(
                $"    {Marks[(int)result.Status]} {result.Id} {result.Message}\n           {result.Fix}"));
        }

        return text;
    }
}
