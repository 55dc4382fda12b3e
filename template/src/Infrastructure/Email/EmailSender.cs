using System.Collections.Concurrent;
using System.Diagnostics;
using MimeKit;

namespace ProdReady.Infrastructure.Email;

/// <summary>Makes one attempt to deliver a claimed mail, and writes the outcome to its row.</summary>
internal sealed class EmailSender(
    IServiceScopeFactory scopes,
    IEmailDelivery delivery,
    EmailProtector protector,
    IOptions<SmtpOptions> smtp,
    IOptions<AppOptions> app,
    AppMeter meter,
    IHub sentry,
    TimeProvider clock,
    ILogger<EmailSender> logger)
{
    public const string ActivityName = "deliver mail";

    // Mail servers are often unavailable for seconds. Five attempts, about half a minute, are worth an alert.
    public const int AttemptsBeforeAlarm = 5;

    private const string NotDelivered = "Mail {EmailId} was not delivered; next attempt in {Pause:0} s";

    /// <summary>Longer than AttemptTimeout: a mail whose process died is due again after it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(30);

    // What an attempt that is running when the app stops still gets.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    // Short enough that all mails are out within a minute after the server is back.
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(3);

    // Longer than every pause between attempts.
    private static readonly TimeSpan CauseIsGone = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, (Guid EmailId, DateTimeOffset At, int Times)> reported = [];

    private readonly LabelledCounter deliveries = meter.Counter(
        "app.mail.deliveries", "{attempt}", "Attempts to deliver a mail, by outcome.", "outcome",
        "delivered", "failed", "rejected", "given-up", "expired", "interrupted");

    public async Task Send(OutboxEmail email, CancellationToken stopping)
    {
        // The delivery belongs to the trace of the request that queued the mail, even days later.
        using var activity = new Activity(ActivityName);
        if (email.TraceParent is not null)
        {
            activity.SetParentId(email.TraceParent);
        }

        activity.Start();

        if (email.ExpiresAt <= clock.Now())
        {
            await Remove(email, "expired");
            logger.LogWarning("Mail {EmailId} was not sent: the link in it has expired", email.Id);
            return;
        }

        using var attempt = new CancellationTokenSource(AttemptTimeout);
        await using var shutdown = stopping.Register(() => attempt.CancelAfter(ShutdownTimeout));
        try
        {
            await delivery.Deliver(MessageOf(email), attempt.Token);
        }
        catch (Exception rejected) when (rejected is EmailRejectedException or ParseException)
        {
            await GiveUp(email, "rejected");
            logger.LogWarning(rejected, "Mail {EmailId} was rejected and will not be retried", email.Id);
            return;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await Retry(email, "interrupted", clock.Now());
            return;
        }
        catch (Exception exception)
        {
            await RetryOrGiveUp(email, exception);
            return;
        }

        reported.Where(cause => cause.Value.EmailId == email.Id).ToList().ForEach(cause => reported.TryRemove(cause));
        await Remove(email, "delivered");
    }

    private async Task RetryOrGiveUp(OutboxEmail email, Exception exception)
    {
        if (clock.Now() - email.CreatedAt > GiveUpAfter)
        {
            await GiveUp(email, "given-up");
            Alarm(exception, "Mail {EmailId} was given up after {Attempts} attempts", email.Id, email.Attempts);
            return;
        }

        // Exponential backoff with 20 % jitter: mails that failed together are not retried together.
        var pause = Math.Min(MaxPause.TotalSeconds, Math.Pow(2, Math.Min(email.Attempts, 10)))
            * (0.8 + (0.4 * Random.Shared.NextDouble()));
        await Retry(email, "failed", clock.Now().AddSeconds(pause));
        if ((exception is EmailDeferredException { IsPermanent: true } || email.Attempts >= AttemptsBeforeAlarm)
            && IsFirst((exception as EmailDeferredException)?.Message ?? $"{exception.GetType()}", email.Id))
        {
            Alarm(exception, NotDelivered, email.Id, pause);
            return;
        }

        logger.LogWarning(exception, NotDelivered, email.Id, pause);
    }

    // One cause fails many mails, each many times, and is one error: until the mail that it was reported with is
    // delivered, or until the cause has not been seen for long.
    private bool IsFirst(string cause, Guid emailId)
    {
        var now = clock.Now();

        return reported.AddOrUpdate(cause, (emailId, now, 1), (_, last) => now - last.At < CauseIsGone
            ? (last.EmailId, now, last.Times + 1)
            : (emailId, now, 1)).Times == 1;
    }

    private void Alarm(Exception exception, string template, params object[] values)
    {
        logger.LogError(exception, template, values);
        // Sentry gets the template without its values.
        sentry.CaptureEvent(new SentryEvent(exception) { Message = template, TransactionName = ActivityName });
    }

    private Task Remove(OutboxEmail email, string outcome) =>
        Change(email, outcome, row => row.ExecuteDeleteAsync());

    private Task GiveUp(OutboxEmail email, string outcome) => Change(email, outcome, row => row.ExecuteUpdateAsync(
        set => set.SetProperty(mail => mail.FailedAt, clock.Now())));

    private Task Retry(OutboxEmail email, string outcome, DateTimeOffset at) =>
        Change(email, outcome, row => row.ExecuteUpdateAsync(set => set.SetProperty(mail => mail.NextAttemptAt, at)));

    // Without a CancellationToken: the outcome is written also while the app stops.
    private async Task Change(OutboxEmail email, string outcome, Func<IQueryable<OutboxEmail>, Task<int>> change)
    {
        deliveries.Add(outcome);
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await change(db.Set<OutboxEmail>().Where(mail => mail.Id == email.Id));
    }

    private MimeMessage MessageOf(OutboxEmail email)
    {
        var content = protector.Unprotect(email.Payload);
        var from = MailboxAddress.Parse(smtp.Value.From);
        var message = new MimeMessage
        {
            // The same at every attempt: mail programs show a mail that arrives twice only once.
            MessageId = $"{email.Id:N}@{from.Domain}",
            Subject = content.Subject,
            Body = new BodyBuilder { TextBody = content.Text, HtmlBody = content.Html }.ToMessageBody(),
        };
        // In the list of a mail program the sender says what the mail is about.
        message.From.Add(new MailboxAddress(from.Name is { Length: > 0 } ? from.Name : app.Value.Name, from.Address));
        message.To.Add(new MailboxAddress(name: null, email.Recipient));

        return message;
    }
}
