using Microsoft.EntityFrameworkCore.Metadata;

namespace ProdReady.Infrastructure.Accounts;

/// <summary>
/// Deletes the rows of deleted accounts, in every table with a cascading foreign key to users, and then the user. Safe
/// on several instances at once. What a running request adds meanwhile goes with the user.
/// </summary>
internal sealed class DeletedAccounts(IServiceScopeFactory scopes)
{
    // Each batch is a statement of its own, so that its locks are held only briefly, however many rows there are.
    private const int BatchSize = 1_000;

    public async Task Remove(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var deleted = db.Users.IgnoreQueryFilters().Where(user => user.DeletedAt != null);
        // A table with more foreign keys first: its rows often refer to those of the others, which would cascade.
        var tables = db.Model.FindEntityType(typeof(User))!.GetReferencingForeignKeys()
            .Where(key => key.DeleteBehavior == DeleteBehavior.Cascade)
            .OrderByDescending(key => key.DeclaringEntityType.GetForeignKeys().Count())
            .ToList();

        foreach (var userId in await deleted.Select(user => user.Id).Take(BatchSize).ToListAsync(ct))
        {
            foreach (var rows in tables.Select(key => RowsOf(db, key, userId)))
            {
                // A batch of fewer rows need not be the last: another instance may have deleted some of it.
                while (await rows.AnyAsync(ct))
                {
                    await rows.Take(BatchSize).ExecuteDeleteAsync(ct);
                }
            }

            await deleted.Where(user => user.Id == userId).ExecuteDeleteAsync(ct);
        }
    }

    private static IQueryable<object> RowsOf(AppDbContext db, IForeignKey key, Guid userId)
    {
        var property = key.Properties[0].Name;
        var rows = (IQueryable<object>)typeof(DbContext).GetMethod(nameof(DbContext.Set), [])!
            .MakeGenericMethod(key.DeclaringEntityType.ClrType).Invoke(db, null)!;

        return rows.Where(row => EF.Property<Guid>(row, property) == userId);
    }
}
