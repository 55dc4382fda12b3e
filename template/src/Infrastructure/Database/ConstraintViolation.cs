//#if (Sqlite)
using Microsoft.Data.Sqlite;
//#endif
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ProdReady.Infrastructure.Database;

/// <summary>Which constraint made SaveChanges fail.</summary>
internal static class ConstraintViolation
{
    //#if (Sqlite)
    // https://www.sqlite.org/rescode.html#constraint_unique, #constraint_primarykey and #constraint_foreignkey
    private const int SqliteConstraintUnique = 2067;
    private const int SqliteConstraintPrimaryKey = 1555;
    private const int SqliteConstraintForeignKey = 787;

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
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.ForeignKeyViolation,
        //#if (Sqlite)
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode == SqliteConstraintForeignKey,
        //#endif
        _ => false,
    };

    /// <summary>
    /// The foreign keys that made a DELETE fail, because they do not cascade. Neither database has an error code of its
    /// own for that, and SQLite does not name the constraint, so the model tells.
    /// </summary>
    public static string[] BlockedDelete(DbUpdateException exception) =>
    [
        .. exception.Entries
            .Where(entry => entry.State == EntityState.Deleted)
            .SelectMany(entry => entry.Metadata.GetReferencingForeignKeys())
            .Where(key => key.DeleteBehavior is not (DeleteBehavior.Cascade or DeleteBehavior.SetNull))
            .Select(key => key.GetConstraintName()!)
            .Distinct(),
    ];
}
