namespace ProdReady.Application;

/// <summary>Counts for all instances together.</summary>
internal interface ISharedCounter
{
    /// <returns>How often the key was counted in this window, this time included; null where nobody can tell.</returns>
    Task<int?> Increment(string key, DateTimeOffset windowEnd, CancellationToken ct);
}
