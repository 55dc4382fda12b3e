namespace ProdReady.Infrastructure.Email;

/// <summary>
/// What stops mails. One cause fails many, each many times, and is one error: until a mail that it stopped is
/// delivered, until none waits any more that it stopped, or until it was not seen for an hour.
/// </summary>
internal sealed class StoppedEmails(TimeProvider clock)
{
    // The words of the server are part of a cause, and it may have new ones each time.
    private const int MaxCauses = 10;

    // Longer than every pause between attempts.
    private static readonly TimeSpan CauseIsGone = TimeSpan.FromHours(1);

    private readonly Dictionary<string, (DateTimeOffset At, HashSet<Guid> Emails)> causes = [];

    public bool IsFirst(string cause, Guid emailId)
    {
        lock (causes)
        {
            var now = clock.Now();
            causes.Where(known => now - known.Value.At >= CauseIsGone).ToList().ForEach(old => causes.Remove(old.Key));
            var isFirst = !causes.TryGetValue(cause, out var last);
            if (isFirst && causes.Count == MaxCauses)
            {
                return false;
            }

            var emails = last.Emails ?? [];
            emails.Add(emailId);
            causes[cause] = (now, emails);

            return isFirst;
        }
    }

    public void Remove(Guid emailId, bool isDelivered)
    {
        lock (causes)
        {
            causes.Where(known => known.Value.Emails.Remove(emailId) && (isDelivered || known.Value.Emails.Count == 0))
                .ToList().ForEach(gone => causes.Remove(gone.Key));
        }
    }
}
