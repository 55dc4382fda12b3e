using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ProdReady.Infrastructure.Email;

/// <summary>Wakes OutboxWorker when a mail is committed, so that it is not sent only at the next poll.</summary>
internal sealed class OutboxSignal : ISaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly SemaphoreSlim committed = new(initialCount: 0);

    public async Task Wait(TimeSpan timeout, CancellationToken ct) => await committed.WaitAsync(timeout, ct);

    public ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData, int result, CancellationToken ct)
    {
        // The worker cannot see a row before the transaction commits.
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
        // One release is enough: the worker claims all mails that are due. Two by a race only cost one more query.
        if (db.ChangeTracker.Entries<OutboxEmail>().Any() && committed.CurrentCount == 0)
        {
            committed.Release();
        }
    }
}
