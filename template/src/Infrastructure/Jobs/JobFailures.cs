namespace ProdReady.Infrastructure.Jobs;

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
