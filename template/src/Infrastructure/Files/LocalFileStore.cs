using ProdReady.Application.Files;

namespace ProdReady.Infrastructure.Files;

/// <summary>A local folder, or a mount that all instances share. It is never served as static files.</summary>
internal sealed class LocalFileStore(IOptions<UploadsOptions> options) : IFileStore
{
    public Task Keep(StoredName name, string path, CancellationToken ct)
    {
        var target = PathOf(name);
        Disk.Write(() => Directory.CreateDirectory(Path.GetDirectoryName(target)!));
        if (!File.Exists(target))
        {
            // rename(2) within one file system: atomic, and no copy.
            Disk.Write(() => File.Move(path, target));
        }

        return Task.CompletedTask;
    }

    public Task<Stream?> Open(StoredName name, long size, CancellationToken ct)
    {
        var path = PathOf(name);

        return Task.FromResult<Stream?>(File.Exists(path) ? File.OpenRead(path) : null);
    }

    public Task Remove(StoredName name, CancellationToken ct)
    {
        var path = PathOf(name);
        if (File.Exists(path))
        {
            File.Delete(path);
        }

        return Task.CompletedTask;
    }

    public IAsyncEnumerable<StoredName> List(string folder, DateTimeOffset before, CancellationToken ct)
    {
        var root = new DirectoryInfo(Path.Combine(options.Value.Directory, folder));
        var names =
            from file in root.Exists ? root.EnumerateFiles("*", SearchOption.AllDirectories) : []
            where file.LastWriteTimeUtc < before && Guid.TryParseExact(file.Name, "N", out _)
            select new StoredName(folder, Guid.Parse(file.Name));

        return names.ToAsyncEnumerable();
    }

    // 256 folders by the last byte of the id, which is random; a folder with millions of files would be slow.
    private string PathOf(StoredName name)
    {
        var id = name.Id.ToString("N");

        return Path.Combine(options.Value.Directory, name.Folder, id[^2..], id);
    }
}
