using ProdReady.Application;

namespace ProdReady.Infrastructure.Jobs;

/// <summary>Does something again and again, and goes on where it fails.</summary>
internal abstract class PeriodicJob(TimeSpan interval, TimeProvider clock, ILogger logger) : BackgroundService
{
    // Soon, so that an instance that is restarted often does its part. At once it has better things to do.
    private static readonly TimeSpan FirstRun = TimeSpan.FromMinutes(2);

    protected abstract Task Run(CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(FirstRun, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            timer.Period = interval;
            try
            {
                await Run(ct);
            }
            catch (UnavailableException) when (!ct.IsCancellationRequested)
            {
                // Whoever noticed it has logged it. It is tried again next time.
            }
            catch (Exception exception) when (!ct.IsCancellationRequested)
            {
                // An exception that left the worker would end the process. What is to be done now, still is next time.
                var level = DatabaseFailure.IsTransient(exception) ? LogLevel.Warning : LogLevel.Error;
                logger.Log(level, exception, "{Job} failed", GetType().Name);
            }
        }
    }
}
