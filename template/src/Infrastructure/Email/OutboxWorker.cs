using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Jobs;

namespace ProdReady.Infrastructure.Email;

/// <summary>
/// Delivers the mails in the outbox. Requests only write rows, so a slow mail server slows none of them; eight mails
/// are delivered in parallel, so one that hangs does not delay the others.
/// </summary>
internal sealed class OutboxWorker(
    IServiceScopeFactory scopes,
    OutboxSignal signal,
    EmailSender sender,
    JobFailures failures,
    IHostApplicationLifetime lifetime,
    TimeProvider clock) : BackgroundService
{
    private const int MaxParallel = 8;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        // The host cancels ct only after the last request, which may use up the whole ShutdownTimeout.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        using var slots = new SemaphoreSlim(MaxParallel);
        try
        {
            // Not at once, which would slow the start.
            await signal.Wait(PollInterval, stopping.Token);

            while (true)
            {
                await slots.WaitAsync(stopping.Token);
                if (await TryClaim() is { } email)
                {
                    _ = Send(email, slots, stopping.Token);
                }
                else
                {
                    slots.Release();
                    await signal.Wait(PollInterval, stopping.Token);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Deliveries that are running may end.
            for (var slot = 0; slot < MaxParallel; slot++)
            {
                await slots.WaitAsync(CancellationToken.None);
            }
        }
    }

    /// <returns>Null when no mail is due.</returns>
    private async Task<OutboxEmail?> TryClaim()
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var now = clock.Now();

            // Not cancelled: the UPDATE may be committed already, and the mail would wait until its lease ends.
            return await scope.ServiceProvider.GetRequiredService<AppDbContext>()
                .ClaimNextEmail(now, now + EmailSender.Lease, CancellationToken.None);
        }
        catch (Exception exception)
        {
            failures.Report("outbox claim", exception);

            return null;
        }
    }

    private async Task Send(OutboxEmail email, SemaphoreSlim slots, CancellationToken ct)
    {
        try
        {
            await sender.Send(email, ct);
        }
        catch (Exception exception)
        {
            // The row was not updated, so the mail is due again when its lease ends.
            failures.Report("outbox update", exception);
        }
        finally
        {
            slots.Release();
        }
    }
}
