using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using ProdReady.Application;
using ProdReady.Application.Accounts;
using ProdReady.Application.Files;

namespace ProdReady.Infrastructure.Files;

/// <summary>
/// Writes what arrives into a file of its own, so that memory holds one small piece of it, however large it is and
/// however many come at once.
/// </summary>
internal sealed class Uploads(
    IOptions<UploadsOptions> options, IUploadScanner scanner, SecurityEvents events, TimeProvider clock) : IUploads
{
    public const string Incoming = "incoming";

    private const int PieceSize = 32 * 1024;

    public async Task<UploadedFile> Receive(
        string fileName,
        string? contentType,
        Func<Memory<byte>, Task<int>> read,
        CancellationToken ct)
    {
        // What has the wrong name need not arrive at all.
        var name = DisplayName.Of(fileName);
        var kind = FileKinds.Of(name, contentType);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var path = Path.Combine(options.Value.Directory, Incoming, id.ToString("N"));
        try
        {
            Disk.Write(() => Directory.CreateDirectory(Path.GetDirectoryName(path)!));
            await using var file = Create(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await Copy(read, file, hash, ct);
            await Check(file, kind, ct);

            return new UploadedFile(
                id, name, kind.ContentType, file.Length, Convert.ToHexStringLower(hash.GetHashAndReset()), path);
        }
        catch
        {
            Delete(path);
            throw;
        }
    }

    public void Discard(UploadedFile file) => Delete(file.Path);

    private async Task Copy(
        Func<Memory<byte>, Task<int>> read,
        FileStream file,
        IncrementalHash hash,
        CancellationToken ct)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            while (await read(piece) is var count and > 0)
            {
                if (file.Length + count > options.Value.MaxBytes)
                {
                    throw new FileTooLargeException(options.Value.MaxBytes);
                }

                hash.AppendData(piece, 0, count);
                await Disk.Write(() => file.WriteAsync(piece.AsMemory(0, count), ct));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }

        // Once the row is committed the content must survive a power cut as well.
        Disk.Write(() => file.Flush(flushToDisk: true));
    }

    private async Task Check(FileStream file, FileKind kind, CancellationToken ct)
    {
        if (file.Length == 0)
        {
            throw new InvalidInputException("File", "Must not be empty.");
        }

        file.Position = 0;
        kind.Check(file, options.Value.MaxPixels);

        file.Position = 0;
        if (await scanner.Scan(file, ct) is { } malware)
        {
            events.MalwareFound(malware);

            throw new InvalidInputException("File", "The virus scanner says that it is malware.");
        }
    }

    // Where even the folder could not be made, there is nothing to delete, and trying would be a second mistake.
    private static void Delete(string path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    private static FileStream Create(string path)
    {
        FileStream? file = null;
        Disk.Write(() => file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            BufferSize = 4096,
        }));

        return file!;
    }
}
