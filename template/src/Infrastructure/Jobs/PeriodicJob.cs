using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ProdReady.Infrastructure.Jobs;

internal static class PeriodicJobs
{
    /// <summary>Runs a singleton every so often on each instance, the first time after two minutes.</summary>
    public static void AddPeriodicJob<TJob>(
        this IServiceCollection services, TimeSpan interval, Func<TJob, CancellationToken, Task> run)
        where TJob : class
    {
        services.TryAddSingleton<TJob>();
        services.AddSingleton<IHostedService>(provider =>
            ActivatorUtilities.CreateInstance<PeriodicJob<TJob>>(provider, interval, run));
    }
}

/// <summary>A run that fails is reported, and the next one comes at its usual time.</summary>
internal sealed class PeriodicJob<TJob>(
    TimeSpan interval, Func<TJob, CancellationToken, Task> run, TJob job, TimeProvider clock, JobFailures failures)
    : BackgroundService
{
    // Not at once, which would slow the start; soon, so that an instance that is restarted often runs the job at all.
    private static readonly TimeSpan FirstRun = TimeSpan.FromMinutes(2);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(FirstRun, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            timer.Period = interval;
            try
            {
                await run(job, ct);
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
}

/// <summary>
/// Reports what failed outside of a request, where no exception handler sees it. A database that is temporarily
/// unavailable is a warning; anything else is an error, and one event in Sentry.
/// </summary>
internal sealed class JobFailures(IHub sentry, ILogger<JobFailures> logger)
{
    public void Report(string job, Exception exception)
    {
        if (DatabaseFailure.IsTransient(exception))
        {
            logger.LogWarning(exception, "Job {Job} failed: database temporarily unavailable", job);
            return;
        }

        logger.LogError(exception, "Job {Job} failed", job);
        sentry.CaptureEvent(new SentryEvent(exception) { Message = "Job {Job} failed", TransactionName = job });
    }
}
