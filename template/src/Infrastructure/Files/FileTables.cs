using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Files;

/// <summary>All tables whose rows stand for files.</summary>
internal static class FileTables
{
    /// <summary>The table of a file is also the folder of its content.</summary>
    public static string TableOf(this AppDbContext db, StoredFile file) =>
        db.Model.FindEntityType(file.GetType())!.GetTableName()!;

    public static IEnumerable<(string Table, IQueryable<StoredFile> Files)> AllFiles(this AppDbContext db) =>
        from entity in db.Model.GetEntityTypes()
        where entity.ClrType.IsAssignableTo(typeof(StoredFile))
        select (entity.GetTableName()!, SetOf(db, entity.ClrType));

    /// <summary>What the rows of all files have.</summary>
    public static void IsFile<T>(this EntityTypeBuilder<T> file)
        where T : StoredFile
    {
        file.Property(f => f.FileName).HasMaxLength(StoredFile.MaxNameLength);
        file.Property(f => f.ContentType).HasMaxLength(100);
        file.Property(f => f.Sha256).HasMaxLength(64);
        file.HasOne<User>().WithMany().HasForeignKey(f => f.OwnerId).OnDelete(DeleteBehavior.Cascade);
    }

    private static IQueryable<StoredFile> SetOf(AppDbContext db, Type type) =>
        (IQueryable<StoredFile>)typeof(DbContext).GetMethod(nameof(DbContext.Set), [])!
            .MakeGenericMethod(type).Invoke(db, null)!;
}
