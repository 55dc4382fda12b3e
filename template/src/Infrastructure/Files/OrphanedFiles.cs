using ProdReady.Application.Files;

namespace ProdReady.Infrastructure.Files;

/// <summary>
/// Removes contents without a row: of requests that failed, and of rows deleted by ON DELETE CASCADE. It lists only the
/// folders of tables in the model, so that a rollback does not lose the files of a newer release.
/// </summary>
internal sealed class OrphanedFiles(
    IServiceScopeFactory scopes, IFileStore store, IOptions<UploadsOptions> options, TimeProvider clock)
{
    private const int BatchSize = 500;

    // Longer than any request between receiving a file and committing its row.
    private static readonly TimeSpan MinAge = TimeSpan.FromHours(1);

    /// <returns>The number of removed files.</returns>
    public async Task<int> Remove(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - MinAge;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IAppDbContext>();
        var removed = RemoveIncoming(before);
        foreach (var (table, files) in db.AllFiles().ToList())
        {
            await foreach (var batch in store.List(table, before, ct).Chunk(BatchSize).WithCancellation(ct))
            {
                var ids = batch.Select(name => name.Id).ToList();
                var known = await files.Where(file => ids.Contains(file.Id)).Select(file => file.Id).ToListAsync(ct);
                foreach (var orphan in batch.ExceptBy(known, name => name.Id))
                {
                    await store.Remove(orphan, ct);
                    removed++;
                }
            }
        }

        return removed;
    }

    private int RemoveIncoming(DateTimeOffset before)
    {
        var folder = new DirectoryInfo(Path.Combine(options.Value.Directory, IncomingFile.Folder));
        if (!folder.Exists)
        {
            return 0;
        }

        var abandoned = folder.EnumerateFiles().Where(file => file.LastWriteTimeUtc < before).ToList();
        abandoned.ForEach(file => file.Delete());

        return abandoned.Count;
    }
}
