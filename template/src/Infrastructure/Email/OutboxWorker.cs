using ProdReady.Application;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Email;

/// <summary>
/// Delivers what lies in the outbox. Requests only write there, so a slow mail server slows none of them; several mails
/// are under way at once, so one that hangs holds up no other.
/// </summary>
internal sealed class OutboxWorker(
    IServiceScopeFactory scopes,
    OutboxSignal signal,
    EmailSender sender,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<OutboxWorker> logger) : BackgroundService
{
    private const int MaxUnderWay = 8;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        // Not only when the host comes to this worker: by then, requests may have used up the time that there is.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        using var places = new SemaphoreSlim(MaxUnderWay);
        try
        {
            // An app that is starting has better things to do.
            await signal.Wait(PollInterval, ending.Token);

            while (true)
            {
                await places.WaitAsync(ending.Token);
                if (await TryClaim() is { } email)
                {
                    _ = Send(email, places, ending.Token);
                }
                else
                {
                    places.Release();
                    await signal.Wait(PollInterval, ending.Token);
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The app ends. What is under way is waited for.
            for (var place = 0; place < MaxUnderWay; place++)
            {
                await places.WaitAsync(CancellationToken.None);
            }
        }
    }

    /// <returns>Null when nothing is due.</returns>
    private async Task<OutboxEmail?> TryClaim()
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var now = clock.Now();

            // A claim that is cancelled may be in the database already, and its mail would wait for the lease to end.
            return await scope.ServiceProvider.GetRequiredService<AppDbContext>()
                .ClaimNextEmail(now, now + EmailSender.Lease, CancellationToken.None);
        }
        catch (Exception exception)
        {
            Report(exception, "The outbox could not be read; trying again soon");

            return null;
        }
    }

    private async Task Send(OutboxEmail email, SemaphoreSlim places, CancellationToken ct)
    {
        try
        {
            await sender.Send(email, ct);
        }
        catch (Exception exception)
        {
            Report(exception, "The outbox could not be written; the mail is due again when its lease ends");
        }
        finally
        {
            places.Release();
        }
    }

    // The database may be away for a while. An exception that left the worker would end the process.
    private void Report(Exception exception, string message)
    {
        var level = DatabaseFailure.IsTransient(exception) ? LogLevel.Warning : LogLevel.Error;
        logger.Log(level, exception, "{Message}", message);
    }
}
