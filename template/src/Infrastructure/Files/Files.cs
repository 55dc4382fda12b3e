using ProdReady.Application.Files;

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
        services.AddActivatedSingleton<RunningUploads>();
        services.AddScoped<IncomingFile>();
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
        // Of contents that were not in the store when it came to them, for example after a restore.
        services.AddPurge<StoredContent>((provider, now) => content => content.DeletedAt
            < now - provider.GetRequiredService<IOptions<UploadsOptions>>().Value.KeepDeleted - TimeSpan.FromDays(1));
    }

    /// <summary>The columns that every table of files has.</summary>
    public static void HasFileColumns<T>(this EntityTypeBuilder<T> file)
        where T : StoredFile
    {
        file.Property(f => f.FileName).HasMaxLength(StoredFile.MaxNameLength);
        file.Property(f => f.ContentType).HasMaxLength(100);
        file.Property(f => f.Sha256).HasMaxLength(64);
        file.HasOne<User>().WithMany().HasForeignKey(f => f.OwnerId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class StoredContentConfiguration : IEntityTypeConfiguration<StoredContent>
{
    public void Configure(EntityTypeBuilder<StoredContent> content)
    {
        content.ToTable("stored_contents");

        // For the quota, and for the purge.
        content.HasIndex(c => c.OwnerId);
        content.HasIndex(c => c.DeletedAt);
    }
}
