using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ProdReady.Infrastructure.Jobs;

internal static class PeriodicJobs
{
    /// <summary>
    /// Runs a singleton once in each period on one of the instances, soon after the start if a period was missed. A run
    /// that was killed is repeated, so the job must bear to run twice.
    /// </summary>
    public static void AddPeriodicJob<TJob>(
        this IServiceCollection services, TimeSpan interval, Func<TJob, CancellationToken, Task> run)
        where TJob : class
    {
        services.TryAddSingleton<TJob>();
        services.AddSingleton(new JobName(typeof(TJob).Name, typeof(TJob).FullName));
        services.AddSingleton<IHostedService>(provider =>
            ActivatorUtilities.CreateInstance<PeriodicJob<TJob>>(provider, interval, run));
    }

    public static void AddJobGauge(this IServiceCollection services) => services.AddSingleton(provider =>
    {
        return new DatabaseGauge(
            "app.jobs.last_success.timestamp", "s", "When a job succeeded last on any instance; 0 if never.", Of([]),
            async (db, _, ct) =>
                Of(await db.Set<JobRun>().ToDictionaryAsync(run => run.Job, run => run.SucceededAt, ct)));

        Measurement<double>[] Of(Dictionary<string, DateTimeOffset?> runs) =>
        [
            .. from job in provider.GetServices<JobName>()
               where job.Row is not null
               let at = runs.GetValueOrDefault(job.Row!)?.ToUnixTimeSeconds() ?? 0
               select new Measurement<double>(at, new KeyValuePair<string, object?>("name", job.Name)),
        ];
    });
}

/// <summary>A job whose failures are counted.</summary>
/// <param name="Row">Its row in job_runs, if it is periodic.</param>
internal sealed record JobName(string Name, string? Row = null);

/// <summary>A run that fails is reported, and the next one comes at its usual time.</summary>
internal sealed class PeriodicJob<TJob>(
    TimeSpan interval, Func<TJob, CancellationToken, Task> run, TJob job, JobRuns runs, TimeProvider clock,
    JobFailures failures) : BackgroundService
{
    // Not at once, which would slow the start; soon, so that an instance that is restarted often runs the job at all.
    private static readonly TimeSpan FirstTry = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly string Name = typeof(TJob).FullName!;

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(FirstTry, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            timer.Period = Pause;
            try
            {
                await RunIfDue(ct);
            }
            catch (UnavailableException) when (!ct.IsCancellationRequested)
            {
                // Logged where it was thrown.
            }
            catch (Exception exception) when (!ct.IsCancellationRequested)
            {
                // An exception that leaves a BackgroundService stops the process.
                failures.Report(typeof(TJob).Name, exception);
            }
        }
    }

    private async Task RunIfDue(CancellationToken ct)
    {
        if (await runs.TryBegin(Name, interval, ct) is not { } begun)
        {
            return;
        }

        var running = Task.Run(() => run(job, ct), CancellationToken.None);
        // Without a token: once ct is cancelled, the run ends. A renewal may fail, since the lease is longer than four.
        while (await Task.WhenAny(running, Task.Delay(Pause, clock, CancellationToken.None)) != running)
        {
            await runs.Update(Name, begun, succeeded: null, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running, runs.Update(Name, begun, running.IsCompletedSuccessfully, ct));
    }
}

/// <summary>
/// Reports what failed outside of a request, where no exception handler sees it. A database that is temporarily
/// unavailable is a warning; anything else is an error, and one event in Sentry.
/// </summary>
internal sealed class JobFailures(
    IEnumerable<JobName> jobs, AppMeter meter, IHub sentry, ILogger<JobFailures> logger)
{
    private readonly LabelledCounter failed = meter.Counter(
        "app.jobs.failed", "{run}", "Runs of jobs that failed, by name.", "name", [.. jobs.Select(job => job.Name)]);

    public void Report(string job, Exception exception)
    {
        if (DatabaseFailure.IsTransient(exception))
        {
            logger.LogWarning(exception, "Job {Job} failed: database temporarily unavailable", job);
            return;
        }

        failed.Add(job);
        logger.LogError(exception, "Job {Job} failed", job);
        sentry.CaptureEvent(new SentryEvent(exception) { Message = "Job {Job} failed", TransactionName = job });
    }
}
