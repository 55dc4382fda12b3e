namespace ProdReady.Domain;

/// <summary>
/// The row of a file that a user uploaded; its content lies in the file store, under the id. An entity that has files
/// derives from it, and then counts for the quota and for the removal of orphaned contents.
/// </summary>
internal abstract class StoredFile
{
    public const int MaxNameLength = 200;

    public Guid Id { get; protected init; }

    public Guid OwnerId { get; protected init; }

    /// <summary>The name to display. It is never used as a path.</summary>
    public string FileName { get; protected init; } = "";

    /// <summary>The media type of its kind, which its content matches.</summary>
    public string ContentType { get; protected init; } = "";

    /// <summary>In bytes.</summary>
    public long Size { get; protected init; }

    /// <summary>Of the content, in hexadecimal.</summary>
    public string Sha256 { get; protected init; } = "";

    public DateTimeOffset CreatedAt { get; protected init; }
}
