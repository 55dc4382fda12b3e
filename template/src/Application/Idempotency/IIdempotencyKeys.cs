namespace ProdReady.Application.Idempotency;

/// <summary>Executes a request with an Idempotency-Key once, however often it is sent.</summary>
internal interface IIdempotencyKeys
{
    /// <summary>
    /// Runs the request in one transaction with the row of its response. A response of 400 or more, or an exception,
    /// rolls back both, so the key can be used again.
    /// </summary>
    /// <returns>The response of this run, or the stored one; null while the key is locked by another request.</returns>
    Task<StoredResponse?> RunOnce(Guid userId, byte[] keyHash, Func<Task<StoredResponse>> run, CancellationToken ct);
}

/// <summary>The response to a request with an Idempotency-Key: what a retry gets.</summary>
internal sealed class StoredResponse
{
    /// <summary>Enough for one new resource. A longer body is sent once, and not stored.</summary>
    public const int MaxBodyBytes = 65_536;

    public required Guid UserId { get; init; }

    /// <summary>SHA-256 of the scope of the key (user, method, path) and the key.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>SHA-256 of the query and the body, to detect a key that is reused for a different request.</summary>
    public required byte[] Fingerprint { get; init; }

    public required int Status { get; init; }

    public string? ContentType { get; init; }

    public string? Location { get; init; }

    public string? ETag { get; init; }

    /// <summary>Null where it was longer than MaxBodyBytes.</summary>
    public byte[]? Body { get; init; }

    public DateTimeOffset ExpiresAt { get; set; }
}
