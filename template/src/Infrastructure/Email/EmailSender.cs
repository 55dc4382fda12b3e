using System.Diagnostics;
using MimeKit;
using ProdReady.Application.Email;

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

    // Refused again and again is what providers take for abuse.
    private static readonly TimeSpan MaxPauseIfRefused = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(3);

    private readonly StoppedEmails stopped = new(clock);

    private long lastDelivery;

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
        catch (Exception rejected) when (rejected is EmailRejectedException or ParseException
            || (rejected is EmailDeferredException { Reason: Refusal.MailboxUnknownOrSetUpWrong } && OthersPass(email)))
        {
            await GiveUp(email, "rejected");
            logger.LogWarning(rejected, "Mail {EmailId} was rejected and will not be retried", email.Id);
            return;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await Retry(email, "interrupted", clock.Now(), email.Priority);
            return;
        }
        catch (Exception exception)
        {
            await RetryOrGiveUp(email, exception);
            return;
        }

        Volatile.Write(ref lastDelivery, clock.Now().UtcTicks);
        await Remove(email, "delivered");
    }

    // What refuses this mail and took another one since it was queued is no fault of the settings.
    private bool OthersPass(OutboxEmail email) => Volatile.Read(ref lastDelivery) > email.CreatedAt.UtcTicks;

    private async Task RetryOrGiveUp(OutboxEmail email, Exception exception)
    {
        var refusal = (exception as EmailDeferredException)?.Reason ?? Refusal.Temporary;
        var isMailbox = refusal == Refusal.MailboxAway && OthersPass(email);
        var cause = (exception as EmailDeferredException)?.Message ?? $"{exception.GetType()}";
        if (clock.Now() - email.CreatedAt > GiveUpAfter)
        {
            await GiveUp(email, "given-up");
            Report("Mail {EmailId} was given up after {Attempts} attempts", email.Attempts, $"given up, {cause}");
            return;
        }

        // Exponential backoff with 20 % jitter: mails that failed together are not retried together.
        var maxPause = refusal == Refusal.Temporary ? MaxPause : MaxPauseIfRefused;
        var pause = Math.Min(maxPause.TotalSeconds, Math.Pow(2, Math.Min(email.Attempts, 10)))
            * (0.8 + (0.4 * Random.Shared.NextDouble()));
        var priority = isMailbox ? EmailPriority.MailboxAway
            : refusal != Refusal.Temporary || email.Priority > EmailPriority.Normal ? EmailPriority.Refused
            : email.Priority;
        await Retry(email, "failed", clock.Now().AddSeconds(pause), priority);
        var isError = refusal == Refusal.SetUpWrong || email.Attempts >= AttemptsBeforeAlarm;
        Report(NotDelivered, pause, isError ? cause : null);

        void Report(string template, object value, string? error)
        {
            if (error is null || isMailbox || !stopped.IsFirst(error, email.Id))
            {
                logger.LogWarning(exception, template, email.Id, value);
                return;
            }

            logger.LogError(exception, template, email.Id, value);
            // Sentry gets the template without its values.
            sentry.CaptureEvent(new SentryEvent(exception) { Message = template, TransactionName = ActivityName });
        }
    }

    private Task Remove(OutboxEmail email, string outcome) =>
        Change(email, outcome, row => row.ExecuteDeleteAsync());

    private Task GiveUp(OutboxEmail email, string outcome) => Change(email, outcome, row => row.ExecuteUpdateAsync(
        set => set.SetProperty(mail => mail.FailedAt, clock.Now())));

    private Task Retry(OutboxEmail email, string outcome, DateTimeOffset at, EmailPriority priority) =>
        Change(email, outcome, row => row.ExecuteUpdateAsync(set => set
            .SetProperty(mail => mail.NextAttemptAt, at).SetProperty(mail => mail.Priority, priority)));

    // Without a CancellationToken: the outcome is written also while the app stops.
    private async Task Change(OutboxEmail email, string outcome, Func<IQueryable<OutboxEmail>, Task<int>> change)
    {
        deliveries.Add(outcome);
        if (outcome is not ("failed" or "interrupted"))
        {
            stopped.Remove(email.Id, isDelivered: outcome == "delivered");
        }

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
