using System.Data.Common;
using Microsoft.EntityFrameworkCore.Storage;

namespace ProdReady.Application;

/// <summary>What the database says where it could not do something.</summary>
internal static class DatabaseFailure
{
    /// <summary>It may work later: the database is away, or trying again has not helped against deadlocks.</summary>
    public static bool IsTransient(Exception exception) =>
        exception is RetryLimitExceededException || ReasonOf(exception) is { IsTransient: true };

    public static DbException? ReasonOf(Exception exception) =>
        exception as DbException ?? exception.InnerException as DbException;
}
