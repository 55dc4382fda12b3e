namespace ProdReady.Application.Files;

/// <summary>
/// What the uploads of one user that run on this instance share: the bytes that have arrived, which count against the
/// quota before they are stored, and the turn to be checked and stored. Without turns, thirty uploads of one user would
/// hold all database connections while they wait for the lock of the user's row.
/// </summary>
internal sealed class RunningUploads(IOptions<RequestsOptions> options, AppMeter meter) : IDisposable
{
    private const int MaxWaiting = 100;

    private readonly Dictionary<Guid, long> arrived = [];

    // It drops the limiter of a user who has had no upload for ten seconds.
    private readonly PartitionedRateLimiter<Guid> turns = PartitionedRateLimiter.Create<Guid, Guid>(
        userId => RateLimitPartition.GetConcurrencyLimiter(
            userId, _ => new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = MaxWaiting }));

    public LabelledCounter Bytes { get; } = meter.Counter(
        "app.upload.bytes", "By", "Bytes of files that arrived, and of those that were stored.", "step",
        "received", "stored");

    /// <summary>
    /// Counts more bytes of an upload. If they exceed the room, its own bytes are removed in the same step: of two
    /// uploads that exceed the room together only one is refused.
    /// </summary>
    public bool TryAdd(Guid userId, long own, int more, long room)
    {
        Bytes.Add("received", more);
        lock (arrived)
        {
            var fits = arrived.GetValueOrDefault(userId) + more <= room;
            Add(userId, fits ? more : -own);

            return fits;
        }
    }

    public void Add(Guid userId, long bytes)
    {
        lock (arrived)
        {
            arrived[userId] = arrived.GetValueOrDefault(userId) + bytes;
            if (arrived[userId] == 0)
            {
                arrived.Remove(userId);
            }
        }
    }

    /// <returns>The turn, which ends with Dispose.</returns>
    public async Task<IDisposable> TakeTurn(Guid userId, CancellationToken ct) =>
        await Turn.TryTake(token => turns.AcquireAsync(userId, cancellationToken: token), options.Value.Timeout, ct)
        ?? throw new UnavailableException("Your other uploads are still being stored. Send the file again.");

    public void Dispose() => turns.Dispose();
}
