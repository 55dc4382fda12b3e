using System.Threading.RateLimiting;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>
/// Gives the work on passwords half of the cores: a hash takes 0.15 seconds of CPU, and without a limit a burst of
/// sign-ins would delay every other request. Do not call it in a transaction, which would hold a connection meanwhile.
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

    /// <summary>Throws UnavailableException if the queue is full, or does not move before the request times out.</summary>
    public async Task<T> Run<T>(Func<T> work, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(requests.Value.Timeout * 2 / 3);
        try
        {
            using var permit = await limiter.AcquireAsync(cancellationToken: deadline.Token);
            if (permit.IsAcquired)
            {
                return work();
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Too late: as if the queue were full.
        }

        logger.LogWarning("Password queue full");

        throw new UnavailableException("Too many passwords to check at the moment. Send the request again later.");
    }

    public void Dispose() => limiter.Dispose();
}
