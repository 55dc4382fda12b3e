using System.Diagnostics;
using System.Diagnostics.Metrics;
using MimeKit;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Email;

/// <summary>Makes one attempt to deliver a claimed mail, and writes the outcome to its row.</summary>
internal sealed class EmailSender(
    IServiceScopeFactory scopes,
    IEmailDelivery delivery,
    EmailProtector protector,
    IOptions<SmtpOptions> smtp,
    IMeterFactory meters,
    IHub sentry,
    TimeProvider clock,
    ILogger<EmailSender> logger)
{
    public const string ActivityName = "deliver mail";

    // Mail servers are often unavailable for seconds. Five attempts, about half a minute, are worth an alert.
    public const int AttemptsBeforeAlarm = 5;

    private const string NotDelivered = "Mail {EmailId} was not delivered; next attempt in {Pause:0} s";
    private const string GivenUp = "Mail {EmailId} was given up after {Attempts} attempts";

    /// <summary>Longer than AttemptTimeout: a mail whose process died is due again after it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(30);

    // What an attempt that is running when the app stops still gets.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    // Short enough that all mails are out within a minute after the server is back.
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(3);

    private readonly Counter<long> deliveries = meters.Create(AppMeter.Name).CreateCounter<long>(
        "app.mail.deliveries", unit: "{attempt}", description: "Attempts to deliver a mail, by outcome.");

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
            await Remove(email);
            Count("expired");
            logger.LogWarning("Mail {EmailId} was not sent: the link in it has expired", email.Id);
            return;
        }

        using var attempt = new CancellationTokenSource(AttemptTimeout);
        await using var shutdown = stopping.Register(() => attempt.CancelAfter(ShutdownTimeout));
        try
        {
            await delivery.Deliver(MessageOf(email), attempt.Token);
        }
        catch (EmailRejectedException rejected)
        {
            await GiveUp(email);
            Count("rejected");
            logger.LogWarning(rejected, "Mail {EmailId} was rejected and will not be retried", email.Id);
            return;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await Retry(email, clock.Now());
            return;
        }
        catch (Exception exception)
        {
            await RetryOrGiveUp(email, exception);
            return;
        }

        Count("delivered");
        await Remove(email);
    }

    private async Task RetryOrGiveUp(OutboxEmail email, Exception exception)
    {
        Count("failed");
        if (clock.Now() - email.CreatedAt > GiveUpAfter)
        {
            await GiveUp(email);
            Count("given-up");
            logger.LogError(exception, GivenUp, email.Id, email.Attempts);
            Capture(exception, GivenUp);
            return;
        }

        // Exponential backoff with 20 % jitter: mails that failed together are not retried together.
        var pause = Math.Min(MaxPause.TotalSeconds, Math.Pow(2, Math.Min(email.Attempts, 10)))
            * (0.8 + (0.4 * Random.Shared.NextDouble()));
        await Retry(email, clock.Now().AddSeconds(pause));
        var isAlarm = email.Attempts == AttemptsBeforeAlarm;
        logger.Log(isAlarm ? LogLevel.Error : LogLevel.Warning, exception, NotDelivered, email.Id, pause);
        if (isAlarm)
        {
            Capture(exception, NotDelivered);
        }
    }

    // The template without its values.
    private void Capture(Exception exception, string message) =>
        sentry.CaptureEvent(new SentryEvent(exception) { Message = message, TransactionName = ActivityName });

    private void Count(string outcome) =>
        deliveries.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    private Task Remove(OutboxEmail email) => Change(email, row => row.ExecuteDeleteAsync());

    private Task GiveUp(OutboxEmail email) => Change(email, row => row.ExecuteUpdateAsync(
        set => set.SetProperty(mail => mail.FailedAt, clock.Now())));

    private Task Retry(OutboxEmail email, DateTimeOffset at) => Change(email, row => row.ExecuteUpdateAsync(
        set => set.SetProperty(mail => mail.NextAttemptAt, at)));

    // Without a CancellationToken: the outcome is written also while the app stops.
    private async Task Change(OutboxEmail email, Func<IQueryable<OutboxEmail>, Task<int>> change)
    {
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
            throw new EmailRejectedException("The recipient is not an e-mail address.");
        }
    }
}
