//#if (Sqlite)
using Microsoft.Data.Sqlite;
//#endif
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ProdReady.Infrastructure.Database;

internal static class UniqueViolation
{
    //#if (Sqlite)
    // https://www.sqlite.org/rescode.html#constraint_unique
    private const int SqliteConstraintUnique = 2067;

    //#endif
    /// <summary>Whether a save failed because a unique index already holds the value.</summary>
    public static bool Caused(DbUpdateException exception) => exception.InnerException switch
    {
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
        //#if (Sqlite)
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode == SqliteConstraintUnique,
        //#endif
        _ => false,
    };
}
