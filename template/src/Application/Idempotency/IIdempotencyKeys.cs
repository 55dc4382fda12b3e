namespace ProdReady.Application.Idempotency;

/// <summary>Executes a request with an Idempotency-Key once, however often it is sent.</summary>
internal interface IIdempotencyKeys
{
    /// <summary>
    /// Runs the request in one transaction with the row of its response. A response of 400 or more, or an exception,
    /// rolls back both, so the key can be used again.
    /// </summary>
    /// <returns>The response of this run, or the stored one; null while the key is locked by another request.</returns>
    Task<StoredResponse?> RunOnce(
        Guid userId, byte[] keyHash, Func<Task<StoredResponse>> run, CancellationToken ct);
}
