using System.Threading.RateLimiting;

namespace ProdReady.Application.Files;

/// <summary>
/// What the uploads of one user that run on this instance share: the bytes that have arrived, which count against the
/// quota before they are stored, and the turn to be checked and stored. Without turns, thirty uploads of one user would
/// hold all database connections while they wait for the lock of the user's row.
/// </summary>
internal sealed class RunningUploads(IOptions<RequestsOptions> options) : IDisposable
{
    private const int MaxWaiting = 1_000;

    private readonly Dictionary<Guid, long> arrived = [];

    // It drops the limiter of a user who has had no upload for ten seconds.
    private readonly PartitionedRateLimiter<Guid> turns = PartitionedRateLimiter.Create<Guid, Guid>(
        userId => RateLimitPartition.GetConcurrencyLimiter(
            userId, _ => new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = MaxWaiting }));

    /// <summary>Counts bytes of an upload that has arrived so far with <paramref name="own"/> bytes.</summary>
    /// <returns>
    /// False if they exceed the room. In the same step the own bytes are no longer counted, so that of two uploads that
    /// exceed it together only one is refused.
    /// </returns>
    public bool TryAdd(Guid userId, long own, int more, long room)
    {
        lock (arrived)
        {
            var fits = arrived.GetValueOrDefault(userId) + more <= room;
            Add(userId, fits ? more : -own);

            return fits;
        }
    }

    public void Remove(Guid userId, long own)
    {
        lock (arrived)
        {
            Add(userId, -own);
        }
    }

    /// <returns>The turn, which ends with Dispose.</returns>
    public async Task<IDisposable> TakeTurn(Guid userId, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(options.Value.Timeout);
        try
        {
            if (await turns.AcquireAsync(userId, cancellationToken: timeout.Token) is { IsAcquired: true } turn)
            {
                return turn;
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }

        throw new UnavailableException("Your other uploads are still being checked and stored. Send the file again.");
    }

    public void Dispose() => turns.Dispose();

    private void Add(Guid userId, long bytes)
    {
        arrived[userId] = arrived.GetValueOrDefault(userId) + bytes;
        if (arrived[userId] == 0)
        {
            arrived.Remove(userId);
        }
    }
}
