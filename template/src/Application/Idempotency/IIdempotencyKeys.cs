using System.ComponentModel.DataAnnotations;

namespace ProdReady.Application.Idempotency;

internal sealed class IdempotencyOptions
{
    public const string Section = "Idempotency";

    /// <summary>How long a key, and the answer under it, is remembered.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(1);
}

/// <summary>Has a request done once, however often it is sent.</summary>
internal interface IIdempotencyKeys
{
    /// <summary>
    /// Runs the request, in one transaction with the row that remembers its answer. An answer of 400 or more, and an
    /// exception, undo all that was done, and leave the key free.
    /// </summary>
    /// <returns>The answer, of now or of the first time; null while another one with the same key is running.</returns>
    Task<KeyedAnswer?> Once(KeyedRequest request, Func<Task<Answer>> run, CancellationToken ct);
}

/// <param name="KeyHash">Of everything that the key is good for: user, method, path, and the key itself.</param>
/// <param name="Fingerprint">Of what is asked for, to notice a key that is used for something else.</param>
internal sealed record KeyedRequest(Guid UserId, byte[] KeyHash, byte[] Fingerprint);

/// <param name="Fingerprint">Of the request that got the answer.</param>
/// <param name="Answer">Its body is null where it was too long to be kept.</param>
internal sealed record KeyedAnswer(byte[] Fingerprint, Answer Answer, bool IsReplayed);

/// <summary>What a client gets to see, and what makes the same answer again.</summary>
internal sealed record Answer(int Status, string? ContentType, string? Location, string? ETag, byte[]? Body)
{
    public bool IsError => Status >= 400;
}
