namespace ProdReady.Application.Files;

/// <summary>All tables of the model whose rows are <see cref="StoredFile"/>s.</summary>
internal static class FileTables
{
    /// <summary>The name of the table, which is also the folder of the contents.</summary>
    public static string TableOf(this IAppDbContext db, StoredFile file) =>
        db.Model.FindEntityType(file.GetType())!.GetTableName()!;

    public static IEnumerable<(string Table, IQueryable<StoredFile> Files)> AllFiles(this IAppDbContext db) =>
        from entity in db.Model.GetEntityTypes()
        where entity.ClrType.IsAssignableTo(typeof(StoredFile))
        select (entity.GetTableName()!, SetOf(db, entity.ClrType));

    private static IQueryable<StoredFile> SetOf(IAppDbContext db, Type type) =>
        (IQueryable<StoredFile>)typeof(IAppDbContext).GetMethod(nameof(IAppDbContext.Set))!
            .MakeGenericMethod(type).Invoke(db, null)!;
}
