namespace ProdReady.Application.Files;

/// <summary>
/// Rows and contents of files. A content is stored before its row is committed, and removed after its row is deleted.
/// So a crash leaves a content without a row, which a job removes later, and never a row without its content.
/// </summary>
internal sealed class UserFiles(
    IAppDbContext db, IFileStore store, IOptions<UploadsOptions> options, ILogger<UserFiles> logger)
{
    /// <summary>Adds the row and stores the content, in one transaction, if the quota of its owner allows it.</summary>
    public Task Keep<T>(T file, UploadedFile upload, CancellationToken ct)
        where T : StoredFile => db.InTransaction(
            async () =>
            {
                // Without the lock, concurrent uploads would each see the same free quota.
                await db.LockUser(file.OwnerId, ct);
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

                db.Set<T>().Add(file);
                await db.SaveChangesAsync(ct);
                await store.Keep(NameOf(file), upload.Path, ct);

                return true;
            },
            ct);

    /// <returns>The content, which can be read from any position.</returns>
    public async Task<Stream> Open(StoredFile file, CancellationToken ct) =>
        await store.Open(NameOf(file), file.Size, ct)
        ?? throw new InvalidOperationException($"The content of {NameOf(file)} is not in the store.");

    /// <summary>Removes contents whose rows are deleted.</summary>
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
            // The row is deleted, so no request can reach the content any more.
            logger.LogWarning(exception, "Removing the content of a deleted file failed; a job removes it later");
        }
    }

    private StoredName NameOf(StoredFile file) => new(db.TableOf(file), file.Id);
}
