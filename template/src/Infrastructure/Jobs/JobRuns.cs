namespace ProdReady.Infrastructure.Jobs;

/// <summary>The last run of a periodic job on any instance. The row of a job that is gone does no harm.</summary>
internal sealed class JobRun
{
    public string Job { get; init; } = "";

    public DateTimeOffset BegunAt { get; init; }

    /// <summary>Null when it has ended. If it passes, the instance is dead, and the run is repeated.</summary>
    public DateTimeOffset? LeasedUntil { get; init; }

    public DateTimeOffset? SucceededAt { get; init; }

    public DateTimeOffset? FailedAt { get; init; }
}

internal sealed class JobRunConfiguration : IEntityTypeConfiguration<JobRun>
{
    public void Configure(EntityTypeBuilder<JobRun> run)
    {
        run.ToTable("job_runs");

        run.HasKey(r => r.Job);
        run.Property(r => r.Job).HasMaxLength(200);
    }
}

/// <summary>Gives each run to one instance. The periods of a job are the multiples of its interval.</summary>
internal sealed class JobRuns(IServiceScopeFactory scopes, TimeProvider clock)
{
    // Renewed every minute. A run whose instance was killed is repeated within it and the minute until the next try.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <returns>The beginning of the run; null if no run is due, or another instance was first.</returns>
    public Task<DateTimeOffset?> TryBegin(string job, TimeSpan interval, CancellationToken ct) => Do(async (db, now) =>
    {
        var period = now.AddTicks(-(now.UtcTicks % interval.Ticks));
        var row = db.Set<JobRun>().Where(r => r.Job == job);
        // The times of a run that began while the clock was ahead count for nothing: the job would stop until then.
        var future = now + (2 * Lease);
        var isBegun = await row.Where(r => r.LeasedUntil == null
                ? r.BegunAt < period || r.BegunAt > future
                : r.LeasedUntil <= now || r.LeasedUntil > future)
            .ExecuteUpdateAsync(
                set => set.SetProperty(r => r.BegunAt, now).SetProperty(r => r.LeasedUntil, now + Lease), ct) == 1;
        if (!isBegun && !await row.AnyAsync(ct))
        {
            db.Add(new JobRun { Job = job, BegunAt = now, LeasedUntil = now + Lease });
            isBegun = await db.TrySaveChangesAsync(ct);
        }

        return isBegun ? now : (DateTimeOffset?)null;
    }, ct);

    /// <summary>Renews the lease of a run; or ends the run, with its outcome.</summary>
    public Task Update(string job, DateTimeOffset begun, bool? succeeded, CancellationToken ct) => Do(
        // There is no such row if another instance has taken over meanwhile.
        (db, now) => db.Set<JobRun>().Where(r => r.Job == job && r.BegunAt == begun).ExecuteUpdateAsync(
            set => set.SetProperty(r => r.LeasedUntil, succeeded is null ? now + Lease : null)
                .SetProperty(r => r.SucceededAt, r => succeeded == true ? now : r.SucceededAt)
                .SetProperty(r => r.FailedAt, r => succeeded == false ? now : r.FailedAt), ct), ct);

    private async Task<T> Do<T>(Func<AppDbContext, DateTimeOffset, Task<T>> work, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();

        // One clock for all instances: those of their machines differ.
        return await work(db, db.Database.IsNpgsql()
            ? await db.Database.SqlQuery<DateTimeOffset>($"""SELECT now() AS "Value" """).SingleAsync(ct)
            : clock.Now());
    }
}
