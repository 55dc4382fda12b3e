//#if (Sqlite)
using Microsoft.Data.Sqlite;
//#endif
using Npgsql;

namespace ProdReady.Infrastructure.Database;

/// <summary>Which constraint made SaveChanges fail.</summary>
internal static class ConstraintViolation
{
    /// <summary>
    /// A code of PostgreSQL, on each database: a unique violation, or a foreign key violation where an inserted row
    /// refers to a row that is not there, or a deleted row is still referred to.
    /// </summary>
    public static string? CodeOf(DbUpdateException exception) => exception.InnerException switch
    {
        PostgresException { SqlState: PostgresErrorCodes.RestrictViolation } => PostgresErrorCodes.ForeignKeyViolation,
        PostgresException postgres => postgres.SqlState,
        //#if (Sqlite)
        // https://www.sqlite.org/rescode.html: CONSTRAINT_UNIQUE and CONSTRAINT_PRIMARYKEY; CONSTRAINT_FOREIGNKEY, and
        // CONSTRAINT_TRIGGER for ON DELETE RESTRICT.
        SqliteException { SqliteExtendedErrorCode: 2067 or 1555 } => PostgresErrorCodes.UniqueViolation,
        SqliteException { SqliteExtendedErrorCode: 787 or 1811 } => PostgresErrorCodes.ForeignKeyViolation,
        //#endif
        _ => null,
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
