namespace ProdReady.Application.Files;

/// <summary>Takes in files from outside.</summary>
internal interface IUploads
{
    /// <summary>
    /// Reads a file to its end, in small pieces, and looks at it closely: its size, its kind, and with the scanner
    /// where there is one.
    /// </summary>
    /// <param name="fileName">As the client calls it.</param>
    /// <param name="contentType">What the client says that it is.</param>
    /// <param name="read">Fills the buffer with what comes next; 0 at the end.</param>
    Task<UploadedFile> Receive(
        string fileName,
        string? contentType,
        Func<Memory<byte>, Task<int>> read,
        CancellationToken ct);

    /// <summary>Forgets it, where nobody has kept it.</summary>
    void Discard(UploadedFile file);
}
