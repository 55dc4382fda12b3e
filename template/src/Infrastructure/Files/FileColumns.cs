using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ProdReady.Infrastructure.Files;

internal static class FileColumns
{
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
