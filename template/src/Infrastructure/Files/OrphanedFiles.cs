using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Application.Files;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Files;

/// <summary>
/// Removes what no row stands for: of uploads that were cut off, and of rows that went with a user or something else
/// that they belonged to. It looks only into folders whose tables it knows, so that after a rollback the files of the
/// newer version are still there.
/// </summary>
internal sealed class OrphanedFiles(
    IServiceScopeFactory scopes, IFileStore store, IOptions<UploadsOptions> options, TimeProvider clock)
{
    private const int BatchSize = 500;

    // Longer than any upload takes to get its row.
    private static readonly TimeSpan SafeAge = TimeSpan.FromHours(1);

    /// <returns>How many are gone.</returns>
    public async Task<int> Remove(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - SafeAge;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
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
        var folder = new DirectoryInfo(Path.Combine(options.Value.Directory, Uploads.Incoming));
        if (!folder.Exists)
        {
            return 0;
        }

        var abandoned = folder.EnumerateFiles().Where(file => file.LastWriteTimeUtc < before).ToList();
        abandoned.ForEach(file => file.Delete());

        return abandoned.Count;
    }
}
