namespace ProdReady.Doctor;

/// <param name="Id">Of the line in findings.md. D203 is check 03 of step 2.</param>
/// <param name="Find">Null where all is fine, else what goes into the text. An exception is a finding too.</param>
/// <param name="After">Runs only where this other check finds nothing.</param>
internal sealed record Check(string Id, Func<CancellationToken, Task<string?>> Find, string? After = null)
{
    public Check(string id, Func<string?> find)
        : this(id, _ => Task.FromResult(find()))
    {
    }

    public Check(string id, Func<bool> isFound)
        : this(id, () => isFound() ? "" : null)
    {
    }
}

internal sealed record ExaminedApp(IServiceProvider Services, IReadOnlyCollection<Endpoint> Endpoints)
{
    public IConfiguration Configuration => Services.GetRequiredService<IConfiguration>();

    public DateTimeOffset Now => Services.GetRequiredService<TimeProvider>().GetUtcNow();

    /// <exception cref="OptionsValidationException">A finding of its own, such as D200.</exception>
    public T Settings<T>()
        where T : class => Services.GetRequiredService<IOptions<T>>().Value;
}

internal sealed partial class DoctorOptions : IValidatableObject
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
        where !Acceptance().IsMatch(entry.Item)
        select new ValidationResult($"{Section}:Accepted:{entry.Index} must be an id and a reason, such as D801=why.");

    [GeneratedRegex(@"^D[1-9]\d\d=.*\w")]
    private static partial Regex Acceptance();
}
