using System.Text.Json.Serialization;

namespace ProdReady.Application.Files;

/// <summary>
/// The first two steps of an upload: receive, and check. The content goes straight to a file in incoming/, so that an
/// upload takes 32 KiB of memory, whatever its size. The third step is <see cref="UserFiles.Keep"/>. At the end of the
/// request the file is deleted, unless it was kept, and the next upload of the user has its turn.
/// </summary>
internal sealed class IncomingFile(
    UserFiles files, RunningUploads uploads, IUploadScanner scanner, IOptions<UploadsOptions> options,
    SecurityEvents events, TimeProvider clock) : IDisposable
{
    public const string Folder = "incoming";

    private const int BufferBytes = 32 * 1024;

    private Guid owner;
    private long arrived;
    private string? path;
    private IDisposable? turn;

    /// <param name="fileName">The name that the client declares.</param>
    /// <param name="contentType">The media type that the client declares.</param>
    /// <param name="content">An exception of its Read is not caught here, and no other IOException is thrown.</param>
    /// <param name="isRetry">Whether the file may be stored already, so that it would count twice.</param>
    public async Task<UploadedFile> Receive(
        Guid ownerId, string fileName, string? contentType, Stream content, bool isRetry, CancellationToken ct)
    {
        // Before the first byte: a file that would be refused anyway is refused without being received.
        var name = DisplayName.Of(fileName);
        var kind = FileKinds.Of(name, contentType);
        var room = isRetry ? options.Value.QuotaBytes : await files.RoomFor(1, ownerId, ct);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var folder = Path.Combine(options.Value.Directory, Folder);
        Disk.Write(() => Directory.CreateDirectory(folder));
        (owner, path) = (ownerId, Path.Combine(folder, id.ToString("N")));
        try
        {
            // Unbuffered: Dispose writes nothing, so it cannot fail on a full disk and hide the first exception.
            using var file = Disk.Write(() =>
                new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0));
            var sha256 = await Copy(content, file, room, ct);

            return new UploadedFile(id, name, kind.ContentType, arrived, sha256, path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Waits until no other upload of the user is checked or stored on this instance.</summary>
    public async Task Check(UploadedFile file, CancellationToken ct)
    {
        if (file.Size == 0)
        {
            throw new InvalidInputException("File", "Must not be empty.");
        }

        turn = await uploads.TakeTurn(owner, ct);
        // From here on the row of the user decides. Until the commit the bytes are not counted: counted for longer,
        // they would count twice for the user's next upload, which reads what is stored.
        Uncount();

        await using var content = File.OpenRead(file.Path);
        FileKinds.Of(file.FileName, file.ContentType).Check(content, options.Value.MaxPixels, ct);

        content.Position = 0;
        if (await scanner.Scan(content, ct) is { } malware)
        {
            events.MalwareFound(malware);

            throw new InvalidInputException("File", "The virus scanner found malware in it.");
        }
    }

    public void Dispose()
    {
        Uncount();
        turn?.Dispose();
        if (path is not null)
        {
            File.Delete(path);
        }
    }

    /// <returns>The SHA-256 of the content, in hexadecimal.</returns>
    private async Task<string> Copy(Stream content, FileStream file, long room, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        while (await content.ReadAsync(buffer, ct) is var count and > 0)
        {
            // Counted here, since Content-Length may be absent or wrong.
            if (arrived + count > options.Value.MaxBytes)
            {
                throw new FileTooLargeException(options.Value.MaxBytes);
            }

            if (!uploads.TryAdd(owner, arrived, count, room))
            {
                arrived = 0;
                throw files.Full();
            }

            arrived += count;
            hash.AppendData(buffer, 0, count);
            Disk.Write(() => file.Write(buffer, 0, count));
        }

        // fsync: a row that is committed must find its content after a power cut.
        Disk.Write(() => file.Flush(flushToDisk: true));

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Uncount()
    {
        uploads.Add(owner, -arrived);
        arrived = 0;
    }
}

/// <summary>A file that was received and is not stored yet: what its <see cref="StoredFile"/> will say.</summary>
/// <param name="Id">The id of its row. A retry that keeps the same upload once more gets the same id.</param>
/// <param name="Path">Of the temporary file.</param>
internal sealed record UploadedFile(
    [property: JsonIgnore] Guid Id,
    string FileName,
    string ContentType,
    long Size,
    string Sha256,
    [property: JsonIgnore] string Path);

/// <summary>Scans uploads for malware.</summary>
internal interface IUploadScanner
{
    /// <returns>The name of the malware; null if the file is clean, or if no scanner is configured.</returns>
    /// <exception cref="UnavailableException">There is no verdict, so the file is refused.</exception>
    Task<string?> Scan(Stream file, CancellationToken ct);
}

/// <summary>The file has more than Uploads:MaxBytes: 413.</summary>
internal sealed class FileTooLargeException(long maxBytes)
    : Exception($"A file may have at most {maxBytes} bytes.");
