namespace ProdReady.Domain;

/// <summary>
/// A file that a user has sent, as the database knows it; what is in it lies in the file store, under the id. Derive
/// from it to let something else have files: the quota and the removal of what is left behind then count them too.
/// </summary>
internal abstract class StoredFile
{
    public const int MaxNameLength = 200;

    public Guid Id { get; protected init; }

    public Guid OwnerId { get; protected init; }

    /// <summary>For people to read. It never becomes a path.</summary>
    public string FileName { get; protected init; } = "";

    /// <summary>What the content was found to be.</summary>
    public string ContentType { get; protected init; } = "";

    /// <summary>In bytes.</summary>
    public long Size { get; protected init; }

    /// <summary>Of the content, in hexadecimal.</summary>
    public string Sha256 { get; protected init; } = "";

    public DateTimeOffset CreatedAt { get; protected init; }
}
