namespace ProdReady.Application.Files;

/// <summary>Stores contents under names that no client chooses: a folder per table, an id per row.</summary>
internal interface IFileStore
{
    /// <summary>Moves or copies a file from this machine into the store. May be repeated with the same name.</summary>
    Task Keep(StoredName name, string path, CancellationToken ct);

    /// <param name="size">The size in the row.</param>
    /// <returns>A stream that can seek; null if there is no such content.</returns>
    Task<Stream?> Open(StoredName name, long size, CancellationToken ct);

    /// <summary>Does nothing if there is no such content.</summary>
    Task Remove(StoredName name, CancellationToken ct);

    /// <summary>All contents of a folder that were stored before a time.</summary>
    IAsyncEnumerable<StoredName> List(string folder, DateTimeOffset before, CancellationToken ct);
}

internal readonly record struct StoredName(string Folder, Guid Id)
{
    public override string ToString() => $"{Folder}/{Id:N}";
}
