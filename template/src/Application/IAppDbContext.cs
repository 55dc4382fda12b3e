using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using ProdReady.Domain;

namespace ProdReady.Application;

/// <summary>The database as the use cases see it: sets to query, and one save at the end.</summary>
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
    /// All that is done in here is committed together, or nothing of it. After a deadlock, or where the connection
    /// breaks, it is done once more from the start: whatever is to be saved must be loaded or added in here.
    /// </summary>
    Task<T> InTransaction<T>(Func<Task<T>> work, CancellationToken ct);

    /// <summary>
    /// Saves, unless somebody else was quicker: has the unique value, or changed the same thing. Then nothing is saved,
    /// everything pending is forgotten, and the answer is false. Looking first and writing then would lose the race.
    /// </summary>
    Task<bool> TrySaveChangesAsync(CancellationToken ct);
}

/// <summary>A unique index has refused what was saved, where nobody asked by TrySaveChangesAsync: 409.</summary>
internal sealed class DuplicateException(Exception reason) : Exception("There is one already.", reason);
