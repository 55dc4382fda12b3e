namespace ProdReady.Application.Files;

/// <summary>
/// Rows and contents of files. A content is stored before its row is committed, and removed after its row is deleted.
/// So a crash leaves a content without a row, which a job removes later, and never a row without its content.
/// </summary>
internal sealed class UserFiles(
    IAppDbContext db, IFileStore store, IOptions<UploadsOptions> options, ILogger<UserFiles> logger)
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
        }
        catch (Exception refused) when (refused
            is StorageFullException or DomainException or DbUpdateConcurrencyException)
        {
            await Remove([file]);
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
            var used = await files.Where(file => file.OwnerId == ownerId)
                .GroupBy(file => file.OwnerId)
                .Select(own => new { Count = own.Count(), Bytes = own.Sum(file => file.Size) })
                .SingleOrDefaultAsync(ct);
            count += used?.Count ?? 0;
            room -= used?.Bytes ?? 0;
        }

        return count < options.Value.MaxFiles && size <= room ? room : throw Full();
    }

    public StorageFullException Full() => new(
        $"Your quota of {options.Value.QuotaBytes} bytes in {options.Value.MaxFiles} files has no room for this file. "
            + "Delete some to make room.");

    /// <returns>The content, which can be read from any position.</returns>
    public async Task<Stream> Open(StoredFile file, CancellationToken ct) =>
        await store.Open(NameOf(file), file.Size, ct)
        ?? throw new InvalidOperationException($"The content of {NameOf(file)} is not in the store.");

    /// <summary>
    /// Removes contents whose rows are deleted. A client that disconnects does not cancel it: it could fill the disk.
    /// </summary>
    public async Task Remove(IEnumerable<StoredFile> files)
    {
        try
        {
            foreach (var file in files)
            {
                await store.Remove(NameOf(file), CancellationToken.None);
            }
        }
        catch (Exception exception)
        {
            // No row refers to the content, so no request can reach it.
            logger.LogWarning(exception, "Removing the content of a deleted file failed; a job removes it later");
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
            await db.SaveChangesAsync(ct);
        }

        return true;
    }

    private StoredName NameOf(StoredFile file) =>
        new(db.Model.FindEntityType(file.GetType())!.GetTableName()!, file.Id);
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
