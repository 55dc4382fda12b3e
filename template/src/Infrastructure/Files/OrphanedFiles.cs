using ProdReady.Application.Files;

namespace ProdReady.Infrastructure.Files;

/// <summary>
/// Removes contents without a row, Uploads:KeepDeleted after it first finds them so: a backup that is taken meanwhile
/// has the content of each of its rows, and a wrong database does not cost all files. It lists only the folders of
/// tables in the model, so that a rollback does not lose the files of a newer release.
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
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var removed = RemoveIncoming(before);
        foreach (var (table, files) in db.AllFiles().ToList())
        {
            await foreach (var batch in store.List(table, before, ct).Chunk(BatchSize).WithCancellation(ct))
            {
                var expired = await Mark(db, files, [.. batch.Select(name => name.Id)], now, ct);
                foreach (var orphan in batch.IntersectBy(expired, name => name.Id))
                {
                    await store.Remove(orphan, ct);
                    removed++;
                }

                await db.Set<StoredContent>().Where(content => expired.Contains(content.Id)).ExecuteDeleteAsync(ct);
            }
        }

        return removed;
    }

    /// <returns>Those that were marked so long ago that they go now.</returns>
    private async Task<List<Guid>> Mark(
        AppDbContext db, IQueryable<StoredFile> files, Guid[] ids, DateTimeOffset now, CancellationToken ct)
    {
        var contents = db.Set<StoredContent>().Where(content => ids.Contains(content.Id));
        // A row that is there again, for example restored, takes the mark away.
        await contents
            .Where(content => (content.DeletedAt == null) != files.Any(file => file.Id == content.Id))
            .ExecuteUpdateAsync(
                set => set.SetProperty(
                    content => content.DeletedAt, content => content.DeletedAt == null ? now : null), ct);

        var known = await contents.Select(content => content.Id)
            .Union(files.Where(file => ids.Contains(file.Id)).Select(file => file.Id)).ToListAsync(ct);
        db.AddRange(ids.Except(known).Select(id => new StoredContent { Id = id, DeletedAt = now }));
        // Where another instance adds one of them at this moment, the next run marks the others.
        await db.TrySaveChangesAsync(ct);
        db.ChangeTracker.Clear();

        return await contents.Where(content => content.DeletedAt <= now - options.Value.KeepDeleted)
            .Select(content => content.Id).ToListAsync(ct);
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
