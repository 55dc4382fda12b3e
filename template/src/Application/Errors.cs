using System.Data.Common;
using Microsoft.EntityFrameworkCore.Storage;

namespace ProdReady.Application;

/// <summary>
/// 400: a member has a valid shape, and the use case finds its value wrong, such as a password that is not the user's.
/// </summary>
internal sealed class InvalidInputException(string property, string message) : Exception(message)
{
    public string Property { get; } = property;
}

/// <summary>409: a unique index refused the row, and the use case did not call TrySaveChangesAsync.</summary>
internal sealed class DuplicateException(Exception reason) : Exception("The value exists already.", reason);

/// <summary>428 where a required If-Match header is missing; 412 where it does not list the current version.</summary>
internal sealed class PreconditionException(bool isMissing) : Exception("The precondition of the request failed.")
{
    public bool IsMissing { get; } = isMissing;
}

/// <summary>503 where a later try may succeed.</summary>
internal static class DatabaseFailure
{
    /// <summary>The database is unreachable or refuses connections, or retries did not resolve a deadlock.</summary>
    public static bool IsTransient(Exception exception) => exception is RetryLimitExceededException
        || ReasonOf(exception) is { IsTransient: true } || RefusalOf(exception) is not null;

    /// <summary>Why the server does not let the app in, such as a wrong password, without any secret.</summary>
    public static string? RefusalOf(Exception exception) => ReasonOf(exception) is { SqlState: var state } reason
        && (state is ['0', '8', ..] or ['2', '8', ..] or "3D000" or "53300" or "57P03"
            // The function of PostgreSQL that checks the right to connect.
            || reason.Data["Routine"] is "CheckMyDatabase"
            // Npgsql itself refuses, as where the server requires a password or TLS that the settings do not have.
            || reason is { SqlState: null, IsTransient: false, Source: "Npgsql" }) ? reason.Message : null;

    public static DbException? ReasonOf(Exception exception) =>
        exception as DbException ?? exception.InnerException as DbException;
}

/// <summary>A service outside of the app does not respond: 503. It is logged where it is thrown.</summary>
internal sealed class UnavailableException(string message, Exception? reason = null) : Exception(message, reason);

/// <summary>429 on a route with RequireSearchLimit(): a query took longer than WithStatementTimeout allows.</summary>
internal sealed class QueryTimeoutException(Exception reason) : Exception("The query takes too long.", reason);
