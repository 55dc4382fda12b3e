using System.Runtime.CompilerServices;
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

    public async IAsyncEnumerable<StoredName> List(
        string folder, DateTimeOffset before, [EnumeratorCancellation] CancellationToken ct)
    {
        var root = new DirectoryInfo(Path.Combine(options.Value.Directory, folder));
        if (!root.Exists)
        {
            yield break;
        }

        foreach (var file in root.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            ct.ThrowIfCancellationRequested();
            if (Guid.TryParseExact(file.Name, "N", out var id) && file.LastWriteTimeUtc < before)
            {
                yield return new StoredName(folder, id);
            }
        }
    }

    // 256 folders by the last byte of the id, which is random; a folder with millions of files would be slow.
    private string PathOf(StoredName name)
    {
        var id = name.Id.ToString("N");

        return Path.Combine(options.Value.Directory, name.Folder, id[^2..], id);
    }
}
