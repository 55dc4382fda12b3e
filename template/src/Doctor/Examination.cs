using Microsoft.Extensions.Hosting.Internal;

namespace ProdReady.Doctor;

/// <summary>The command doctor: what keeps this app from production. It changes nothing.</summary>
internal static class Examination
{
    // One line for each check, in a table.
    private static readonly Dictionary<string, string[]> Texts = Encoding.UTF8
        .GetString(EmbeddedFile.Read("Doctor/findings.md")).Split('\n')
        .Select(line => line.Split(" | ")).Where(cells => cells[0] is ['|', ' ', 'D', ..])
        .ToDictionary(cells => cells[0][2..], cells => cells);

    /// <summary>With the groups of settings that each step reports; other groups belong to the first.</summary>
    public static readonly IReadOnlyList<(string Name, string[] Settings, Func<ExaminedApp, Check[]> Checks)> Steps =
    [
        ("Structure", [], Structure.Checks),
        ("Secrets", ["Jwt"], Secrets.Checks),
        ("Migrations", ["ConnectionStrings", "Database"], Migrations.Checks),
        ("Sign-in", ["Sessions", "Accounts", "Lockout", "PwnedPasswords"], SignIn.Checks),
        ("Validation", ["Uploads", "ClamAv", "Requests", "RateLimits", "Idempotency"], InputValidation.Checks),
        ("Errors and monitoring", ["Serilog", "Sentry", "OTEL_EXPORTER_OTLP_ENDPOINT", "Metrics"], Monitoring.Checks),
        ("Delivery", ["Smtp"], Delivery.Checks),
        ("Backups and uptime", ["Doctor"], Backups.Checks),
        ("Locked endpoints", ["App", "AllowedHosts", "Cors", "Proxy", "OpenApi"], LockedEndpoints.Checks),
    ];

    public static void AddDoctor(this IServiceCollection services) =>
        services.AddSettings<DoctorOptions>(DoctorOptions.Section);

    /// <returns>0 without a failure, 1 with one (--strict: or with a warning), 2 if it could not run.</returns>
    public static async Task<int> Examine(this WebApplication app, string[] options)
    {
        try
        {
            var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints);
            var results = await new ExaminedApp(app.Services, [.. routes]).Examine();
            Console.Out.WriteLine(options.Contains("--json") ? Report.Json(results) : Report.Text(results));
            var worst = options.Contains("--strict") ? Status.Warning : Status.Failure;

            return results.Any(result => result.Status >= worst) ? 1 : 0;
        }
        catch (Exception exception)
        {
            // Without the message, which may quote a setting.
            await Console.Error.WriteLineAsync($"The doctor could not run: {exception.GetType().Name}.");

            return 2;
        }
    }

    public static async Task<IReadOnlyList<Result>> Examine(this ExaminedApp app)
    {
        var options = FailuresOf(app, new(DoctorOptions.Section, typeof(DoctorOptions))).Any()
            ? new DoctorOptions()
            : app.Settings<DoctorOptions>();
        var accepted = options.Accepted.Select(entry => entry.Split('=', 2))
            .DistinctBy(entry => entry[0]).ToDictionary(entry => entry[0], entry => entry[1]);
        var checks = Steps.SelectMany((step, i) => SettingsOf(app, i).Concat(step.Checks(app))).ToList();
        var running = new Dictionary<Check, Task<Result?>>();
        using var end = new CancellationTokenSource(5 * options.Timeout);

        return [.. (await Task.WhenAll(checks.Select(Start))).OfType<Result>().Select(Accept)];

        Task<Result?> Start(Check check) => running.TryGetValue(check, out var result)
            ? result
            : running[check] = Run(
                app, check, checks.Where(other => other.Id == check.After).Select(Start), options.Timeout, end.Token);

        Result Accept(Result result) => result.Status > Status.Accepted && accepted.TryGetValue(result.Id, out var why)
            ? result with { Status = Status.Accepted, Fix = $"Accepted: {why}" }
            : result;
    }

    private static async Task<Result?> Run(
        ExaminedApp app, Check check, IEnumerable<Task<Result?>> first, TimeSpan timeout, CancellationToken ct)
    {
        if (check.After is not null && (await Task.WhenAll(first)) is not [{ Status: Status.Ok }])
        {
            return null;
        }

        string? found;
        try
        {
            found = await Find(check, timeout, ct);
        }
        catch (OptionsValidationException)
        {
            // A finding of its own.
            return null;
        }
        catch (Exception exception)
        {
            found = exception is OperationCanceledException ? "no answer in time" : ReasonOf(exception);
        }

        var text = Texts[check.Id];
        var status = found is null ? Status.Ok : text[1] == "!" ? Status.Warning : Status.Failure;

        return found is null
            ? new Result(check.Id, status, text[2], Fix: "")
            : new Result(check.Id, status, Fill(text[3]), Fill(text[4].TrimEnd(' ', '|')));

        string Fill(string cell) => Secrets.Redact(app.Configuration, cell.Replace("{0}", found));
    }

    // Twice: on a busy machine the first time, in which all libraries are loaded, takes longer than the answer.
    private static async Task<string?> Find(Check check, TimeSpan timeout, CancellationToken ct, bool again = true)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        end.CancelAfter(timeout);
        try
        {
            // On another thread: not every library that a check calls is asynchronous.
            return await Task.Run(() => check.Find(end.Token), CancellationToken.None).WaitAsync(end.Token);
        }
        catch (OperationCanceledException) when (again && !ct.IsCancellationRequested)
        {
            return await Find(check, timeout, ct, again: false);
        }
    }

    private static string ReasonOf(Exception exception) => DatabaseFailure.ReasonOf(exception) is null
        ? $"{exception.GetType().Name}, {exception.Message.Split('\n')[0].Trim().TrimEnd('.')}"
        : DatabaseFailure.RefusalOf(exception)?.TrimEnd('.') ?? "it does not answer";

    /// <summary>Each setting that Production would refuse, also where the app runs in Development.</summary>
    private static IEnumerable<Check> SettingsOf(ExaminedApp app, int step) => app.Services
        .GetServices<SettingsSection>()
        .Where(section => step == Math.Max(0, Steps.Index().FirstOrDefault(
            other => other.Item.Settings.Contains(section.Keys.First().Split(':')[0])).Index))
        .SelectMany(section => FailuresOf(app, section)).DefaultIfEmpty()
        .Select(failure => new Check($"D{step + 1}00", () => failure));

    private static IEnumerable<string> FailuresOf(ExaminedApp app, SettingsSection section)
    {
        try
        {
            var options = app.Services.GetRequiredService(typeof(IOptions<>).MakeGenericType(section.Type));

            return section.Validate(((IOptions<object>)options).Value, new InProduction(app.Services));
        }
        catch (OptionsValidationException invalid)
        {
            return invalid.Failures;
        }
    }

    private sealed class InProduction(IServiceProvider services) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(IHostEnvironment)
            ? new HostingEnvironment { EnvironmentName = Environments.Production }
            : services.GetService(serviceType);
    }
}
