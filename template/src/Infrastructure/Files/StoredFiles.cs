using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Application.Files;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Files;

/// <summary>
/// The content goes into the store before its row is committed, and leaves it after its row is gone. Whatever dies in
/// between leaves a content without a row, which <see cref="OrphanedFiles"/> removes, and never a row without content.
/// </summary>
internal sealed class StoredFiles(
    AppDbContext db, IFileStore store, IOptions<UploadsOptions> options, ILogger<StoredFiles> logger) : IStoredFiles
{
    public Task Keep(StoredFile file, UploadedFile upload, CancellationToken ct) => db.InTransaction(
        async () =>
        {
            await TakeTurn(file.OwnerId, ct);
            var used = 0L;
            foreach (var (_, files) in db.AllFiles())
            {
                used += await files.Where(f => f.OwnerId == file.OwnerId).SumAsync(f => f.Size, ct);
            }

            if (used + file.Size > options.Value.QuotaBytes)
            {
                throw new StorageFullException(
                    $"Your files have {used} of {options.Value.QuotaBytes} bytes. Delete some to make room.");
            }

            db.Add(file);
            await db.SaveChangesAsync(ct);
            await store.Keep(NameOf(file), upload.Path, ct);

            return true;
        },
        ct);

    public async Task<Stream> Open(StoredFile file, CancellationToken ct) =>
        await store.Open(NameOf(file), file.Size, ct)
        ?? throw new InvalidOperationException($"The content of {NameOf(file)} is not in the store.");

    public async Task Remove(IEnumerable<StoredFile> files, CancellationToken ct)
    {
        try
        {
            foreach (var file in files)
            {
                await store.Remove(NameOf(file), ct);
            }
        }
        catch (Exception exception)
        {
            // The user has deleted it, and it is gone for the user.
            logger.LogWarning(exception, "The content of a deleted file stays for now; it is removed later");
        }
    }

    // Changes nothing, but keeps other uploads of the same user waiting until this one is committed. Without it, those
    // that look at the same moment would all find room for themselves.
    private Task<int> TakeTurn(Guid ownerId, CancellationToken ct) =>
        db.Users.Where(user => user.Id == ownerId).ExecuteUpdateAsync(
            set => set.SetProperty(user => user.CreatedAt, user => user.CreatedAt), ct);

    private StoredName NameOf(StoredFile file) => new(db.TableOf(file), file.Id);
}
