using ProdReady.Domain;

namespace ProdReady.Application.Files;

/// <summary>The files of users: the row of each and its content, one never without the other.</summary>
internal interface IStoredFiles
{
    /// <summary>Adds the row and puts the content into the store, where the quota of its owner allows it.</summary>
    Task Keep(StoredFile file, UploadedFile upload, CancellationToken ct);

    /// <summary>The content, to be read from any place in it.</summary>
    Task<Stream> Open(StoredFile file, CancellationToken ct);

    /// <summary>Removes contents whose rows are gone. What fails here is removed later.</summary>
    Task Remove(IEnumerable<StoredFile> files, CancellationToken ct);
}
