using Microsoft.EntityFrameworkCore.Metadata;

namespace ProdReady.Application;

/// <summary>The database as use cases see it: sets to query, and one save at the end.</summary>
internal interface IAppDbContext
{
    DbSet<User> Users { get; }

    DbSet<Session> Sessions { get; }

    DbSet<MailedToken> MailedTokens { get; }

    //#if (Sample)
    DbSet<Ticket> Tickets { get; }

    DbSet<Attachment> Attachments { get; }

    //#endif
    IModel Model { get; }

    DbSet<T> Set<T>()
        where T : class;

    Task<int> SaveChangesAsync(CancellationToken ct);

    /// <summary>
    /// Commits everything that <paramref name="work"/> does, or nothing. After a deadlock or a broken connection it
    /// runs again from the start, so it must load or add whatever it saves.
    /// </summary>
    Task<T> InTransaction<T>(Func<Task<T>> work, CancellationToken ct);

    /// <param name="isCommitted">Whether this result is committed; otherwise the transaction is rolled back.</param>
    Task<T> InTransaction<T>(Func<Task<T>> work, Func<T, bool> isCommitted, CancellationToken ct);

    /// <summary>
    /// Has PostgreSQL stop a query that may read many rows. Then it throws QueryTimeoutException.
    /// </summary>
    Task<T> WithStatementTimeout<T>(TimeSpan timeout, Func<Task<T>> query, CancellationToken ct);

    /// <summary>
    /// Saves, and returns false where a concurrent request won: a unique index has the value, or the row has changed.
    /// Then nothing is saved, and all tracked changes are dropped. A read before the write could not detect this race.
    /// </summary>
    Task<bool> TrySaveChangesAsync(CancellationToken ct);
}

internal static class RowLocks
{
    /// <summary>
    /// A no-op UPDATE that locks the user's row until the transaction ends: what two requests decide about one user is
    /// decided one after the other.
    /// </summary>
    /// <returns>False if there is no such user.</returns>
    public static Task<bool> LockUser(this IAppDbContext db, Guid userId, CancellationToken ct) =>
        db.Users.Where(user => user.Id == userId).Lock(ct);

    /// <inheritdoc cref="LockUser"/>
    public static async Task<bool> Lock(this IQueryable<User> one, CancellationToken ct) =>
        await one.ExecuteUpdateAsync(
            set => set.SetProperty(user => user.CreatedAt, user => user.CreatedAt), ct) == 1;
}
