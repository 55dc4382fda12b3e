using ProdReady.Application.Files;
using ProdReady.Infrastructure.Jobs;

namespace ProdReady.Infrastructure.Files;

internal static class Files
{
    public static void AddFiles(this IServiceCollection services)
    {
        services.AddSettings<UploadsOptions>(UploadsOptions.Section);
        services.AddOptions<UploadsOptions>().PostConfigure<IHostEnvironment>((uploads, environment) =>
            uploads.Directory = Path.GetFullPath(uploads.Directory, Workspace.PathOf(environment)));
        services.AddSettings<ClamAvOptions>(ClamAvOptions.Section);
        services.AddSingleton<IUploadScanner, ClamAv>();
        services.AddSingleton<IncomingFiles>();
        services.AddScoped<UserFiles>();
        services.AddSingleton<IFileStore, LocalFileStore>();
        //#if (S3)
        services.AddSettings<S3Options>(S3Options.Section);
        services.AddSingleton<IFileStore>(provider =>
            provider.GetRequiredService<IOptions<S3Options>>().Value.Bucket.Length > 0
                ? ActivatorUtilities.CreateInstance<S3FileStore>(provider)
                : ActivatorUtilities.CreateInstance<LocalFileStore>(provider));

        //#endif
        // Once an hour, since each run lists all files.
        services.AddPeriodicJob<OrphanedFiles>(TimeSpan.FromHours(1), (files, ct) => files.Remove(ct));
    }
}
