using System.Net.Sockets;
using ProdReady.Application.Files;
using ProdReady.Infrastructure.Files;

namespace ProdReady.Doctor;

/// <summary>What steps 5 and 8 ask about files of users.</summary>
internal static class FileChecks
{
    public static Check[] OfLimits(ExaminedApp app) =>
    [
        new("D501", () => app.Settings<UploadsOptions>() is var uploads && uploads.MaxBytes > uploads.QuotaBytes),
        new("D502", () => app.Settings<UploadsOptions>().MaxPixels > 100_000_000),
        new("D503", ct => FindSilence(app.Settings<ClamAvOptions>(), ct)),
    ];

    public static Check[] OfStorage(ExaminedApp app) =>
    [
        new("D805", () =>
        {
            var path = Path.Combine(FolderOf(app), $".doctor-{Guid.NewGuid():N}");
            using var file = File.Create(path, bufferSize: 1, FileOptions.DeleteOnClose);
            file.WriteByte(1);

            return null;
        }),
        new("D806", () => new DriveInfo(FolderOf(app)).AvailableFreeSpace is var free
            && free / 10 < app.Settings<UploadsOptions>().QuotaBytes ? $"{free / (1024 * 1024)}" : null),
        new("D807", ct => FindLost(app, ct), After: "D302"),
        new("D808", () => app.Settings<UploadsOptions>().KeepDeleted < TimeSpan.FromDays(1)),
        //#if (S3)
        new("D809", async ct =>
        {
            using var s3 = S3FileStore.ClientOf(app.Settings<S3Options>());

            return app.Settings<S3Options>().Bucket is not { Length: > 0 } bucket
                || (await s3.GetBucketVersioningAsync(bucket, ct)).VersioningConfig?.Status?.Value == "Enabled"
                ? null
                : "";
        }),
        //#endif
    ];

    private static async Task<string?> FindSilence(ClamAvOptions scanner, CancellationToken ct)
    {
        if (scanner.Host.Length == 0)
        {
            return null;
        }

        using var client = new TcpClient();
        await client.ConnectAsync(scanner.Host, scanner.Port, ct);
        await client.GetStream().WriteAsync("zPING\0"u8.ToArray(), ct);
        var reply = new byte[1];

        return await client.GetStream().ReadAsync(reply, ct) == 1 && reply[0] == 'P' ? null : "";
    }

    /// <summary>The folder, or what exists of the way to it: the app makes the rest when it stores a file.</summary>
    private static string FolderOf(ExaminedApp app)
    {
        var folder = app.Settings<UploadsOptions>().Directory;
        while (!Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    /// <summary>An instance with a folder of its own does not have the files that the others stored.</summary>
    private static async Task<string?> FindLost(ExaminedApp app, CancellationToken ct)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IFileStore>();
        foreach (var (table, files) in scope.ServiceProvider.GetRequiredService<IAppDbContext>().AllFiles())
        {
            var newest = await files.OrderByDescending(file => file.Id).FirstOrDefaultAsync(ct);
            await using var content = newest is null
                ? Stream.Null
                : await store.Open(new StoredName(table, newest.Id), newest.Size, ct);
            if (content is null)
            {
                return table;
            }
        }

        return null;
    }
}
