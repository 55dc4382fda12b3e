using System.Runtime.CompilerServices;

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
    public const string Claim = "outbox claim";
    public const string Update = "outbox update";

    private const int MaxParallel = 8;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        // The host cancels ct only after the last request, which may use up the whole ShutdownTimeout.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);

        // Without a token: deliveries that are running when the app stops may end.
        await Parallel.ForEachAsync(
            DueEmails(stopping.Token),
            new ParallelOptions { MaxDegreeOfParallelism = MaxParallel },
            async (email, _) => await Send(email, stopping.Token));
    }

    private async IAsyncEnumerable<OutboxEmail> DueEmails([EnumeratorCancellation] CancellationToken stopping)
    {
        // Not at once, which would slow the start.
        await signal.Wait(PollInterval, stopping);

        while (!stopping.IsCancellationRequested)
        {
            if (await TryClaim() is { } email)
            {
                yield return email;
            }
            else
            {
                await signal.Wait(PollInterval, stopping);
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
            failures.Report(Claim, exception);

            return null;
        }
    }

    private async Task Send(OutboxEmail email, CancellationToken ct)
    {
        try
        {
            await sender.Send(email, ct);
        }
        catch (Exception exception)
        {
            // The row was not updated, so the mail is due again when its lease ends.
            failures.Report(Update, exception);
        }
    }
}
