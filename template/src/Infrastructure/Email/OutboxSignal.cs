using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ProdReady.Infrastructure.Email;

/// <summary>Wakes the worker as soon as a mail is committed, so that nobody waits for its next round.</summary>
internal sealed class OutboxSignal : ISaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly SemaphoreSlim committed = new(initialCount: 0);

    public async Task Wait(TimeSpan timeout, CancellationToken ct) => await committed.WaitAsync(timeout, ct);

    public ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData, int result, CancellationToken ct)
    {
        // Within a transaction nobody else can see it yet.
        if (eventData.Context!.Database.CurrentTransaction is null)
        {
            Wake(eventData.Context);
        }

        return ValueTask.FromResult(result);
    }

    public Task TransactionCommittedAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken ct)
    {
        Wake(eventData.Context!);

        return Task.CompletedTask;
    }

    private void Wake(DbContext db)
    {
        if (db.ChangeTracker.Entries<OutboxEmail>().Any())
        {
            // Once is enough: who is woken takes all that is due. Two at the same moment may both do it; no harm.
            if (committed.CurrentCount == 0)
            {
                committed.Release();
            }
        }
    }
}
