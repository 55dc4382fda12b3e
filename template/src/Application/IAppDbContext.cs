using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using ProdReady.Domain;

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

    /// <summary>
    /// Saves, and returns false where a concurrent request won: a unique index has the value, or the row has changed.
    /// Then nothing is saved, and all tracked changes are dropped. A read before the write could not detect this race.
    /// </summary>
    Task<bool> TrySaveChangesAsync(CancellationToken ct);
}
