using Microsoft.EntityFrameworkCore.Diagnostics;
using ProdReady.Domain;

namespace ProdReady.Infrastructure.Email;

/// <summary>Wakes the worker as soon as a mail is saved, so that nobody waits for its next round.</summary>
internal sealed class OutboxSignal : SaveChangesInterceptor
{
    private readonly SemaphoreSlim saved = new(initialCount: 0);

    public async Task Wait(TimeSpan timeout, CancellationToken ct) => await saved.WaitAsync(timeout, ct);

    public override ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData, int result, CancellationToken ct = default)
    {
        if (eventData.Context!.ChangeTracker.Entries<OutboxEmail>().Any())
        {
            saved.Release();
        }

        return ValueTask.FromResult(result);
    }
}
