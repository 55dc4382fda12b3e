namespace ProdReady.Application;

/// <summary>
/// Gives the work on passwords half of the cores: a hash takes 0.15 seconds of CPU, and a burst of sign-ins would delay
/// all other requests. Do not call it in a transaction, which would hold a connection while it waits.
/// </summary>
internal sealed class PasswordQueue(IOptions<RequestsOptions> requests, ILogger<PasswordQueue> logger) : IDisposable
{
    // On one core the last of them waits for 15 seconds.
    public const int MaxWaiting = 100;

    private readonly ConcurrencyLimiter limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = Math.Max(1, Environment.ProcessorCount / 2),
        QueueLimit = MaxWaiting,
    });

    /// <summary>503 if the queue is full, or if the wait takes two thirds of the time of a request.</summary>
    public async Task<T> Run<T>(Func<T> work, CancellationToken ct)
    {
        using var permit = await Turn.TryTake(
            token => limiter.AcquireAsync(cancellationToken: token), requests.Value.Timeout * 2 / 3, ct);
        if (permit is not null)
        {
            return work();
        }

        logger.LogWarning("Password queue full");

        throw new UnavailableException("Too many passwords to check at the moment. Send the request again later.");
    }

    public void Dispose() => limiter.Dispose();
}
