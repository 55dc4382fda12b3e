namespace ProdReady.Application;

internal static class Turn
{
    /// <summary>Waits in the queue of a limiter.</summary>
    /// <returns>The turn, which ends with Dispose; null if the queue is full, or it does not come in time.</returns>
    public static async Task<RateLimitLease?> TryTake(
        Func<CancellationToken, ValueTask<RateLimitLease>> acquire, TimeSpan timeout, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(timeout);
        try
        {
            return await acquire(deadline.Token) is { IsAcquired: true } turn ? turn : null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }
}
