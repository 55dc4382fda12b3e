using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MimeKit;
using ProdReady.Application;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Email;

/// <summary>Sends one mail that was claimed, and writes down how that ended.</summary>
internal sealed class EmailSender(
    IServiceScopeFactory scopes,
    IEmailDelivery delivery,
    EmailSeal seal,
    IOptions<SmtpOptions> smtp,
    AppMeter meter,
    TimeProvider clock,
    ILogger<EmailSender> logger)
{
    public const string ActivityName = "deliver mail";

    // Mail servers are away for moments, which is no news. After so many attempts, half a minute, somebody should know.
    public const int AttemptsBeforeAlarm = 5;

    /// <summary>
    /// Longer than an attempt may take. If the process dies in the middle, the mail is due again after it.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(30);

    // When the app ends, what is under way may still end well.
    private static readonly TimeSpan LastCall = TimeSpan.FromSeconds(5);

    // Short enough that mails are out within a minute of the server's return.
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(3);

    public async Task Send(OutboxEmail email, CancellationToken stopping)
    {
        // One trace from the request to its mail, however much later that goes out.
        using var activity = new Activity(ActivityName);
        if (email.TraceParent is not null)
        {
            activity.SetParentId(email.TraceParent);
        }

        activity.Start();

        if (email.ExpiresAt <= clock.Now())
        {
            meter.MailExpired();
            logger.LogWarning("Mail {EmailId} is not sent any more: what it links to has expired", email.Id);
            await Remove(email);
            return;
        }

        using var attempt = new CancellationTokenSource(AttemptTimeout);
        await using var lastCall = stopping.Register(() => attempt.CancelAfter(LastCall));
        try
        {
            await delivery.Deliver(MessageOf(email), attempt.Token);
        }
        catch (EmailRejectedException rejected)
        {
            meter.MailRejected();
            logger.LogWarning(rejected, "Mail {EmailId} was refused for good", email.Id);
            await GiveUp(email);
            return;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await DueAt(email, clock.Now());
            return;
        }
        catch (Exception exception)
        {
            await TryLater(email, exception);
            return;
        }

        meter.MailDelivered();
        await Remove(email);
    }

    private async Task TryLater(OutboxEmail email, Exception exception)
    {
        meter.MailFailed();
        if (clock.Now() - email.CreatedAt > GiveUpAfter)
        {
            meter.MailGivenUp();
            logger.LogError(exception, "Mail {EmailId} is given up after {Attempts} attempts", email.Id, email.Attempts);
            await GiveUp(email);
            return;
        }

        // Never all at the same moment: those that failed together would come together again.
        var pause = Math.Min(MaxPause.TotalSeconds, Math.Pow(2, Math.Min(email.Attempts, 10)))
            * (0.8 + (0.4 * Random.Shared.NextDouble()));
        await DueAt(email, clock.Now().AddSeconds(pause));
        logger.Log(
            email.Attempts == AttemptsBeforeAlarm ? LogLevel.Error : LogLevel.Warning,
            exception,
            "Mail {EmailId} was not delivered; next attempt in {Pause:0} s",
            email.Id,
            pause);
    }

    private Task Remove(OutboxEmail email) => Change(email, row => row.ExecuteDeleteAsync());

    private Task GiveUp(OutboxEmail email) => Change(email, row => row.ExecuteUpdateAsync(
        set => set.SetProperty(mail => mail.FailedAt, clock.Now())));

    private Task DueAt(OutboxEmail email, DateTimeOffset at) => Change(email, row => row.ExecuteUpdateAsync(
        set => set.SetProperty(mail => mail.NextAttemptAt, at)));

    // Also when the app ends: whether the mail is out is to be written down in any case.
    private async Task Change(OutboxEmail email, Func<IQueryable<OutboxEmail>, Task<int>> change)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await change(db.Outbox.Where(mail => mail.Id == email.Id));
    }

    private MimeMessage MessageOf(OutboxEmail email)
    {
        var content = seal.Open(email.Payload);
        var from = MailboxAddress.Parse(smtp.Value.From);
        var message = new MimeMessage
        {
            // The same one at every attempt: should a mail arrive twice after all, mail programs show it once.
            MessageId = $"{email.Id:N}@{from.Domain}",
            Subject = content.Subject,
            Body = new BodyBuilder { TextBody = content.Text, HtmlBody = content.Html }.ToMessageBody(),
        };
        message.From.Add(from);
        message.To.Add(RecipientOf(email));

        return message;
    }

    private static MailboxAddress RecipientOf(OutboxEmail email)
    {
        try
        {
            return new MailboxAddress(name: null, email.Recipient);
        }
        catch (ParseException)
        {
            throw new EmailRejectedException("The recipient is no address.");
        }
    }
}
