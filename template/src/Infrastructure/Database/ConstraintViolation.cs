//#if (Sqlite)
using Microsoft.Data.Sqlite;
//#endif
using Npgsql;

namespace ProdReady.Infrastructure.Database;

/// <summary>Which constraint made SaveChanges fail.</summary>
internal static class ConstraintViolation
{
    //#if (Sqlite)
    // https://www.sqlite.org/rescode.html#constraint_unique and so on. ON DELETE RESTRICT fails as a trigger does.
    private const int SqliteConstraintUnique = 2067;
    private const int SqliteConstraintPrimaryKey = 1555;
    private const int SqliteConstraintForeignKey = 787;
    private const int SqliteConstraintTrigger = 1811;

    //#endif
    /// <summary>A unique index or a primary key has the value already.</summary>
    public static bool IsUnique(DbUpdateException exception) => exception.InnerException switch
    {
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
        //#if (Sqlite)
        SqliteException sqlite =>
            sqlite.SqliteExtendedErrorCode is SqliteConstraintUnique or SqliteConstraintPrimaryKey,
        //#endif
        _ => false,
    };

    /// <summary>An inserted row refers to a row that is not there, or a deleted row is still referred to.</summary>
    public static bool IsForeignKey(DbUpdateException exception) => exception.InnerException switch
    {
        PostgresException postgres =>
            postgres.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation,
        //#if (Sqlite)
        SqliteException sqlite =>
            sqlite.SqliteExtendedErrorCode is SqliteConstraintForeignKey or SqliteConstraintTrigger,
        //#endif
        _ => false,
    };

    /// <summary>
    /// The foreign keys that made a DELETE fail, because they do not cascade. The error code does not tell it from an
    /// INSERT whose parent is gone, and not every database names the constraint, so the model decides. In doubt, where
    /// one batch deletes the parent and inserts a child, it is the INSERT.
    /// </summary>
    public static string[] BlockedDelete(DbUpdateException exception)
    {
        var constraint = (exception.InnerException as PostgresException)?.ConstraintName;
        var written = exception.Entries
            .Where(entry => entry.State != EntityState.Deleted)
            .SelectMany(entry => entry.Metadata.GetForeignKeys());

        return
        [
            .. exception.Entries
                .Where(entry => entry.State == EntityState.Deleted)
                .SelectMany(entry => entry.Metadata.GetReferencingForeignKeys())
                .Where(key => key.DeleteBehavior is not (DeleteBehavior.Cascade or DeleteBehavior.SetNull))
                .Except(written)
                .Select(key => key.GetConstraintName()!)
                .Where(name => constraint is null || constraint == name),
        ];
    }
}
