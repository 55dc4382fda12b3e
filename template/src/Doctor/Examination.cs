using System.Collections.Concurrent;

namespace ProdReady.Doctor;

/// <summary>The command doctor: what keeps this app from production. It changes nothing.</summary>
internal sealed record Examination(
    IServiceProvider Services, IEnumerable<Endpoint> Endpoints, DoctorOptions Options, CancellationToken End)
{
    /// <summary>With the groups of settings that each step reports; other groups belong to the first.</summary>
    public static readonly IReadOnlyList<(string Name, string[] Settings, Func<Examination, Task[]> Checks)> Steps =
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

    // They look for what does not answer, so an exception is what they find.
    private static readonly string[] Calls =
        ["D301", "D405", "D503", "D602", "D701", "D805", "D809", "D901", "D910"];

    private readonly ConcurrentQueue<Result> results = [];

    public IConfiguration Configuration => Get<IConfiguration>();

    public DateTimeOffset Now => Get<TimeProvider>().GetUtcNow();

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public T Settings<T>()
        where T : class => Get<IOptions<T>>().Value;

    public static async Task<IReadOnlyList<Result>> Of(IServiceProvider services, IEnumerable<Endpoint> endpoints)
    {
        var section = new SettingsSection(DoctorOptions.Section, typeof(DoctorOptions));
        var isValid = !section.FailuresInProduction(services).Any();
        var options = isValid ? services.GetRequiredService<IOptions<DoctorOptions>>().Value : new();
        using var end = new CancellationTokenSource(5 * options.Timeout);
        var app = new Examination(services, endpoints, options, end.Token);
        await Task.WhenAll(Steps.SelectMany((step, i) => app.SettingsOf(i).Concat(step.Checks(app))));

        return [.. app.results.OrderBy(result => result.Id).ThenBy(result => result.Message)];
    }

    /// <param name="find">Null, false or "" is fine; true or a text is found.</param>
    /// <param name="then">What makes sense only where this finds nothing.</param>
    public async Task Check(
        string id, Func<IServiceProvider, CancellationToken, Task<object?>> find, Func<Task[]>? then = null)
    {
        try
        {
            var found = await Find(find);
            found = found is Unseen { Cause: var cause } && Calls.Contains(id) ? cause : found;
            var result = Report.Of(id, found, Options.Accepted, Configuration);
            results.Enqueue(result);
            await Task.WhenAll(result.Fix.Length == 0 && then is not null ? then() : []);
        }
        catch (OptionsValidationException)
        {
            // A finding of its own, such as D200.
        }
    }

    public Task Check(string id, Func<object?> find, Func<Task[]>? then = null) =>
        Check(id, (_, _) => Task.FromResult(find()), then);

    // Twice: on a busy machine the first time, in which all libraries are loaded, takes longer than the answer.
    private async Task<object?> Find(
        Func<IServiceProvider, CancellationToken, Task<object?>> find, bool again = true)
    {
        await using var scope = Services.CreateAsyncScope();
        try
        {
            // On another thread: not every library that a check calls is asynchronous.
            return await Task.Run(() => find(scope.ServiceProvider, End), End).WaitAsync(Options.Timeout, End);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return again ? await Find(find, again: false) : new Unseen("no answer in time");
        }
        catch (Exception exception) when (exception is not OptionsValidationException)
        {
            var cause = exception.GetBaseException().Message;

            return new Unseen(DatabaseFailure.ReasonOf(exception) is null
                ? $"{exception.GetType().Name}, {cause.Split('\n')[0].Trim().TrimEnd('.')}"
                : DatabaseFailure.RefusalOf(exception)?.TrimEnd('.') ?? "the database does not answer");
        }
    }

    /// <summary>Each setting that Production would refuse, also where the app runs in Development.</summary>
    private IEnumerable<Task> SettingsOf(int step) => Services.GetServices<SettingsSection>()
        .Where(section => step == Steps.Index()
            .FirstOrDefault(other => other.Item.Settings.Contains(section.Keys.First().Split(':')[0])).Index)
        .SelectMany(section => section.FailuresInProduction(Services)).DefaultIfEmpty()
        .Select(failure => Check($"D{step + 1}00", () => failure));
}

internal sealed class DoctorOptions : IValidatableObject
{
    public const string Section = "Doctor";

    /// <summary>Findings that are accepted, each with the reason: D801=why.</summary>
    public IReadOnlyList<string> Accepted { get; init; } = [];

    /// <summary>The file backup.prom that the backup writes. Empty: the age of the backup is unknown.</summary>
    public string BackupMetrics { get; init; } = "";

    /// <summary>Of one check. All together have five times as much.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    public IEnumerable<ValidationResult> Validate(ValidationContext context) =>
        from entry in Accepted.Index()
        where !Regex.IsMatch(entry.Item, @"^D[1-9]\d\d( .+)?=.*\w")
        select new ValidationResult($"{Section}:Accepted:{entry.Index} must be an id and a reason, such as D801=why.");
}
