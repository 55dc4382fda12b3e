namespace ProdReady.Application.Files;

/// <summary>
/// Rows and contents of files. A content is stored before its row is committed, and a job removes it some time after
/// its row is deleted. So a crash leaves a content without a row, and never a row without its content.
/// </summary>
internal sealed class UserFiles(
    IAppDbContext db, IFileStore store, RunningUploads uploads, IOptions<UploadsOptions> options,
    ILogger<UserFiles> logger)
{
    /// <summary>Stores the content, and then the row, if the quota of its owner allows it.</summary>
    /// <param name="rule">Throws a DomainException if the row must not be added; no other is added meanwhile.</param>
    public async Task Keep<T>(T file, UploadedFile upload, Func<Task>? rule, CancellationToken ct)
        where T : StoredFile
    {
        // Before the row of the user is locked: a store that does not respond would keep it locked.
        await store.Keep(NameOf(file), upload.Path, ct);
        try
        {
            await db.InTransaction(() => Add(file, rule, ct), ct);
            uploads.Bytes.Add("stored", file.Size);
        }
        catch (Exception refused) when (refused
            is StorageFullException or DomainException or DbUpdateConcurrencyException)
        {
            await Discard(file);
            throw;
        }
    }

    /// <returns>The bytes that are left of the quota.</returns>
    /// <exception cref="StorageFullException">There is no room for a file of this size.</exception>
    public async Task<long> RoomFor(long size, Guid ownerId, CancellationToken ct)
    {
        var (count, room) = (0, options.Value.QuotaBytes);
        foreach (var (_, files) in db.AllFiles())
        {
            var (rows, bytes) = await Sum(files.Where(file => file.OwnerId == ownerId).Select(file => file.Size), ct);
            count += rows;
            room -= bytes;
        }

        // Else a loop of uploads and deletions would fill the disk with what is kept of deleted files.
        var (kept, keptBytes) = await Sum(
            db.Set<StoredContent>().Where(content => content.OwnerId == ownerId).Select(content => content.Size), ct);
        room = Math.Min(room, (2 * options.Value.QuotaBytes) - keptBytes);
        count = Math.Max(count, kept - options.Value.MaxFiles);

        return count < options.Value.MaxFiles && size <= room ? room : throw Full();
    }

    public StorageFullException Full() => new(
        $"Your quota of {options.Value.QuotaBytes} bytes in {options.Value.MaxFiles} files has no room for this file. "
            + "Delete some to make room. With deleted files, which are kept for a time, it has twice as much.");

    /// <returns>The content, which can be read from any position.</returns>
    public async Task<Stream> Open(StoredFile file, CancellationToken ct) =>
        await store.Open(NameOf(file), file.Size, ct)
        ?? throw new InvalidOperationException($"The content of {NameOf(file)} is not in the store.");

    private static async Task<(int Count, long Bytes)> Sum(IQueryable<long> sizes, CancellationToken ct)
    {
        var sum = await sizes.GroupBy(_ => 1)
            .Select(all => new { Count = all.Count(), Bytes = all.Sum() })
            .SingleOrDefaultAsync(ct);

        return (sum?.Count ?? 0, sum?.Bytes ?? 0);
    }

    /// <summary>
    /// Removes a content without waiting for the job. A client that disconnects does not cancel it: it could fill the
    /// disk.
    /// </summary>
    private async Task Discard(StoredFile file)
    {
        try
        {
            await store.Remove(NameOf(file), CancellationToken.None);
        }
        catch (Exception exception)
        {
            // No row refers to the content, so no request can reach it.
            logger.LogWarning(exception, "Removing the content of a refused file failed; a job removes it later");
        }
    }

    private async Task<bool> Add<T>(T file, Func<Task>? rule, CancellationToken ct)
        where T : StoredFile
    {
        // Without the lock, concurrent uploads on several instances would each see the same free quota.
        await db.LockUser(file.OwnerId, ct);

        // By an attempt whose COMMIT was not answered. To refuse the file now would remove the content of its row.
        if (!await db.Set<T>().AnyAsync(other => other.Id == file.Id, ct))
        {
            await RoomFor(file.Size, file.OwnerId, ct);
            if (rule is not null)
            {
                await rule();
            }

            db.Set<T>().Add(file);
            db.Set<StoredContent>().Add(new() { Id = file.Id, OwnerId = file.OwnerId, Size = file.Size });
            await db.SaveChangesAsync(ct);
        }

        return true;
    }

    private StoredName NameOf(StoredFile file) =>
        new(db.Model.FindEntityType(file.GetType())!.GetTableName()!, file.Id);
}

/// <summary>
/// A content in the store that has, or had, the row of a file. It is added with that row and outlives it, also where a
/// cascade deletes the row: so what is kept of deleted files still counts for their owner.
/// </summary>
internal sealed class StoredContent
{
    /// <summary>That of the row of the file.</summary>
    public Guid Id { get; init; }

    /// <summary>Without a foreign key: it outlives the user. Empty if a job found the content without a row.</summary>
    public Guid OwnerId { get; init; }

    public long Size { get; init; }

    /// <summary>When a job first found it without the row of its file; null while there is one.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
}

/// <summary>Stores contents under names that no client chooses: a folder per table, an id per row.</summary>
internal interface IFileStore
{
    /// <summary>Moves or copies a file from this machine into the store. May be repeated with the same name.</summary>
    Task Keep(StoredName name, string path, CancellationToken ct);

    /// <param name="size">The size in the row.</param>
    /// <returns>A stream that can seek; null if there is no such content.</returns>
    Task<Stream?> Open(StoredName name, long size, CancellationToken ct);

    /// <summary>Does nothing if there is no such content.</summary>
    Task Remove(StoredName name, CancellationToken ct);

    /// <summary>All contents of a folder that were stored before a time.</summary>
    IAsyncEnumerable<StoredName> List(string folder, DateTimeOffset before, CancellationToken ct);
}

internal readonly record struct StoredName(string Folder, Guid Id)
{
    public override string ToString() => $"{Folder}/{Id:N}";
}

/// <summary>All tables of the model whose rows are <see cref="StoredFile"/>s.</summary>
internal static class FileTables
{
    public static IEnumerable<(string Table, IQueryable<StoredFile> Files)> AllFiles(this IAppDbContext db) =>
        from entity in db.Model.GetEntityTypes()
        where entity.ClrType.IsAssignableTo(typeof(StoredFile))
        select (entity.GetTableName()!, SetOf(db, entity.ClrType));

    private static IQueryable<StoredFile> SetOf(IAppDbContext db, Type type) =>
        (IQueryable<StoredFile>)typeof(IAppDbContext).GetMethod(nameof(IAppDbContext.Set))!
            .MakeGenericMethod(type).Invoke(db, null)!;
}
