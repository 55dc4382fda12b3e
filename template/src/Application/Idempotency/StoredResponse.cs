namespace ProdReady.Application.Idempotency;

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
