using ProdReady.Application.Files;

namespace ProdReady.Infrastructure.Files;

/// <summary>
/// Removes contents without a row: those of requests that failed, and those whose row was deleted, Uploads:KeepDeleted
/// after it first finds them so. It lists only the folders of tables in the model, so that a rollback does not lose the
/// files of a newer release.
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
        var now = clock.Now();
        var before = now - MinAge;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IAppDbContext>();
        var removed = RemoveIncoming(before);
        foreach (var (table, files) in db.AllFiles().ToList())
        {
            await foreach (var batch in store.List(table, before, ct).Chunk(BatchSize).WithCancellation(ct))
            {
                var ids = batch.Select(name => name.Id).ToList();
                var contents = db.Set<StoredContent>().Where(content => ids.Contains(content.Id));
                // A row that is there again, for example restored, takes the mark away.
                await contents
                    .Where(content => (content.DeletedAt == null) != files.Any(file => file.Id == content.Id))
                    .ExecuteUpdateAsync(
                        set => set.SetProperty(content => content.DeletedAt, content =>
                            content.DeletedAt == null ? now : null),
                        ct);
                await contents.Where(content => content.DeletedAt <= now - options.Value.KeepDeleted)
                    .ExecuteDeleteAsync(ct);
                var known = await contents.Select(content => content.Id)
                    .Union(files.Where(file => ids.Contains(file.Id)).Select(file => file.Id))
                    .ToListAsync(ct);
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
