using System.Security.Cryptography;

namespace ProdReady.Application.Files;

/// <summary>
/// The first two steps of an upload: receive, and check. The content goes straight to a file in incoming/, so that an
/// upload takes 32 KiB of memory, whatever its size. The third step is <see cref="UserFiles.Keep"/>.
/// </summary>
internal sealed class IncomingFiles(
    IOptions<UploadsOptions> options, IUploadScanner scanner, SecurityEvents events, TimeProvider clock)
{
    public const string Folder = "incoming";

    private const int BufferBytes = 32 * 1024;

    /// <param name="fileName">The name that the client declares.</param>
    /// <param name="contentType">The media type that the client declares.</param>
    /// <param name="content">An exception of its Read is not caught here, and no other IOException is thrown.</param>
    /// <returns>Deletes its file on Dispose, unless it was kept.</returns>
    public async Task<UploadedFile> Receive(
        string fileName, string? contentType, Stream content, CancellationToken ct)
    {
        // Before the first byte: a file with a wrong name or type is refused without being received.
        var name = DisplayName.Of(fileName);
        var kind = FileKinds.Of(name, contentType);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var folder = Path.Combine(options.Value.Directory, Folder);
        var path = Path.Combine(folder, id.ToString("N"));
        Disk.Write(() => Directory.CreateDirectory(folder));
        try
        {
            // Unbuffered: Dispose writes nothing, so it cannot fail on a full disk and hide the first exception.
            using var file = Disk.Write(() =>
                new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0));
            var sha256 = await Copy(content, file, ct);

            return new UploadedFile(id, name, kind.ContentType, file.Length, sha256, path);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    public async Task Check(UploadedFile file, CancellationToken ct)
    {
        if (file.Size == 0)
        {
            throw new InvalidInputException("File", "Must not be empty.");
        }

        await using var content = File.OpenRead(file.Path);
        FileKinds.Of(file.FileName, file.ContentType).Check(content, options.Value.MaxPixels);

        content.Position = 0;
        if (await scanner.Scan(content, ct) is { } malware)
        {
            events.MalwareFound(malware);

            throw new InvalidInputException("File", "The virus scanner found malware in it.");
        }
    }

    /// <returns>The SHA-256 of the content, in hexadecimal.</returns>
    private async Task<string> Copy(Stream content, FileStream file, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        while (await content.ReadAsync(buffer, ct) is var count and > 0)
        {
            // Counted here, since Content-Length may be absent or wrong.
            if (file.Length + count > options.Value.MaxBytes)
            {
                throw new FileTooLargeException(options.Value.MaxBytes);
            }

            hash.AppendData(buffer, 0, count);
            Disk.Write(() => file.Write(buffer, 0, count));
        }

        // fsync: a row that is committed must find its content after a power cut.
        Disk.Write(() => file.Flush(flushToDisk: true));

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
