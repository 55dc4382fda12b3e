//#if (Sqlite)
using Microsoft.Data.Sqlite;
//#endif
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ProdReady.Infrastructure.Database;

/// <summary>Why the database refused to save.</summary>
internal static class ConstraintViolation
{
    //#if (Sqlite)
    // https://www.sqlite.org/rescode.html#constraint_unique, #constraint_primarykey and #constraint_foreignkey
    private const int SqliteConstraintUnique = 2067;
    private const int SqliteConstraintPrimaryKey = 1555;
    private const int SqliteConstraintForeignKey = 787;

    //#endif
    /// <summary>A unique index, or a primary key, already holds the value.</summary>
    public static bool IsUnique(DbUpdateException exception) => exception.InnerException switch
    {
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
        //#if (Sqlite)
        SqliteException sqlite =>
            sqlite.SqliteExtendedErrorCode is SqliteConstraintUnique or SqliteConstraintPrimaryKey,
        //#endif
        _ => false,
    };

    /// <summary>What a row refers to is gone, say the account of its owner.</summary>
    public static bool IsForeignKey(DbUpdateException exception) => exception.InnerException switch
    {
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.ForeignKeyViolation,
        //#if (Sqlite)
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode == SqliteConstraintForeignKey,
        //#endif
        _ => false,
    };
}
