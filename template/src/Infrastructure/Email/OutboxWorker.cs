using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MimeKit;
using ProdReady.Application;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Email;

/// <summary>
/// Delivers what lies in the outbox. Requests only write there, so a slow mail server slows none of them.
/// </summary>
internal sealed class OutboxWorker(
    IServiceScopeFactory scopes,
    OutboxSignal signal,
    IEmailDelivery delivery,
    IOptions<SmtpOptions> smtp,
    AppMeter meter,
    TimeProvider clock,
    ILogger<OutboxWorker> logger) : BackgroundService
{
    public const string ActivityName = "deliver mail";

    // Mail servers are away for moments, which is no news. After so many attempts, half a minute, somebody should know.
    public const int AttemptsBeforeAlarm = 5;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    // Longer than a delivery may take. If the process dies in the middle, the mail is due again after it.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        try
        {
            // An app that is starting has better things to do.
            await signal.Wait(PollInterval, ct);

            while (!ct.IsCancellationRequested)
            {
                if (!await TryDeliverNext(ct))
                {
                    await signal.Wait(PollInterval, ct);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The app ends.
        }
    }

    /// <returns>False when nothing is due.</returns>
    private async Task<bool> TryDeliverNext(CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();

            return await DeliverNext(scope.ServiceProvider.GetRequiredService<AppDbContext>(), ct);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            // The database may be away for a while. An exception that left the worker would end the process.
            var isAway = (exception as DbException ?? exception.InnerException) is DbException;
            logger.Log(
                isAway ? LogLevel.Warning : LogLevel.Error,
                exception,
                "The outbox could not be read; trying again in {Pause}",
                PollInterval);

            return false;
        }
    }

    private async Task<bool> DeliverNext(AppDbContext db, CancellationToken ct)
    {
        var now = clock.Now();
        var email = await db.Outbox.AsNoTracking()
            .Where(mail => mail.NextAttemptAt <= now)
            .OrderBy(mail => mail.NextAttemptAt)
            .FirstOrDefaultAsync(ct);
        if (email is null)
        {
            return false;
        }

        var claimed = await db.Outbox
            .Where(mail => mail.Id == email.Id && mail.Attempts == email.Attempts)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(mail => mail.Attempts, email.Attempts + 1)
                    .SetProperty(mail => mail.NextAttemptAt, now + Lease),
                ct);

        // Zero: another instance was quicker, and delivers it.
        if (claimed == 1)
        {
            await Deliver(db, email, ct);
        }

        return true;
    }

    private async Task Deliver(AppDbContext db, OutboxEmail email, CancellationToken ct)
    {
        // One trace from the request to its mail, however much later that goes out.
        using var activity = new Activity(ActivityName);
        if (email.TraceParent is not null)
        {
            activity.SetParentId(email.TraceParent);
        }

        activity.Start();

        var row = db.Outbox.Where(mail => mail.Id == email.Id);
        try
        {
            await delivery.Deliver(MessageOf(email), ct);
            meter.MailDelivered();
            await row.ExecuteDeleteAsync(CancellationToken.None);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            var pause = TimeSpan.FromSeconds(Math.Min(MaxPause.TotalSeconds, Math.Pow(2, email.Attempts)));
            await row.ExecuteUpdateAsync(
                set => set.SetProperty(mail => mail.NextAttemptAt, clock.Now() + pause), ct);
            meter.MailFailed();
            logger.Log(
                email.Attempts + 1 == AttemptsBeforeAlarm ? LogLevel.Error : LogLevel.Warning,
                exception,
                "Mail {EmailId} was not delivered; next attempt in {Pause}",
                email.Id,
                pause);
        }
    }

    private MimeMessage MessageOf(OutboxEmail email)
    {
        var from = MailboxAddress.Parse(smtp.Value.From);
        var message = new MimeMessage
        {
            // The same one at every attempt: should a mail arrive twice after all, mail programs show it once.
            MessageId = $"{email.Id:N}@{from.Domain}",
            Subject = email.Subject,
            Body = new BodyBuilder { TextBody = email.Text, HtmlBody = email.Html }.ToMessageBody(),
        };
        message.From.Add(from);
        message.To.Add(new MailboxAddress(name: null, email.Recipient));

        return message;
    }
}
