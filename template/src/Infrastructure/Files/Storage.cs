using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ProdReady.Application;
using ProdReady.Application.Files;
using ProdReady.Infrastructure.Jobs;

namespace ProdReady.Infrastructure.Files;

internal static class Storage
{
    public static void AddStorage(this IServiceCollection services)
    {
        services.AddSettings<UploadsOptions>(UploadsOptions.Section);
        services.AddOptions<UploadsOptions>().PostConfigure<IHostEnvironment>((uploads, environment) =>
            uploads.Directory = Path.GetFullPath(uploads.Directory, Workspace.PathOf(environment)));
        services.AddSettings<ClamAvOptions>(ClamAvOptions.Section);
        services.AddSingleton<NoScanner>();
        services.AddSingleton<ClamAv>();
        services.AddSingleton<IUploadScanner>(provider =>
            provider.GetRequiredService<IOptions<ClamAvOptions>>().Value.Host.Length > 0
                ? provider.GetRequiredService<ClamAv>()
                : provider.GetRequiredService<NoScanner>());

        services.AddSingleton<IUploads, Uploads>();
        services.AddSingleton<LocalFileStore>();
        //#if (S3)
        services.AddSettings<S3Options>(S3Options.Section);
        services.AddSingleton<S3FileStore>();
        services.AddSingleton<IFileStore>(provider =>
            provider.GetRequiredService<IOptions<S3Options>>().Value.Bucket.Length > 0
                ? provider.GetRequiredService<S3FileStore>()
                : provider.GetRequiredService<LocalFileStore>());
        //#endif
        services.TryAddSingleton<IFileStore>(provider => provider.GetRequiredService<LocalFileStore>());
        services.AddScoped<IStoredFiles, StoredFiles>();
        // Not more often: each run lists all files.
        services.AddPeriodicJob<OrphanedFiles>(TimeSpan.FromHours(1), (files, ct) => files.Remove(ct));
    }
}
