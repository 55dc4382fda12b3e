namespace ProdReady.Infrastructure.Files;

/// <summary>Keeps contents under names that we have made up: a folder for each table, an id for each row.</summary>
internal interface IFileStore
{
    /// <summary>Takes over a file that lies here. Doing so once more is no mistake.</summary>
    Task Keep(StoredName name, string path, CancellationToken ct);

    /// <param name="size">As the database knows it.</param>
    /// <returns>Can be read from any place; null where there is no such file.</returns>
    Task<Stream?> Open(StoredName name, long size, CancellationToken ct);

    /// <summary>One that is not there is gone already.</summary>
    Task Remove(StoredName name, CancellationToken ct);

    /// <summary>Everything in a folder that has been there since before a time.</summary>
    IAsyncEnumerable<StoredName> List(string folder, DateTimeOffset before, CancellationToken ct);
}

internal readonly record struct StoredName(string Folder, Guid Id)
{
    public override string ToString() => $"{Folder}/{Id:N}";
}
