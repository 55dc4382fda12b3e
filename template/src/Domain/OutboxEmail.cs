using System.Diagnostics;

namespace ProdReady.Domain;

/// <summary>
/// A mail that is to be sent. It is written in the same transaction as the change that it tells of, so that neither
/// happens without the other; a worker delivers it afterwards and removes the row.
/// </summary>
internal sealed class OutboxEmail
{
    private OutboxEmail()
    {
    }

    public Guid Id { get; private set; }

    public string Recipient { get; private set; } = "";

    public string Subject { get; private set; } = "";

    public string Text { get; private set; } = "";

    public string Html { get; private set; } = "";

    /// <summary>The request that the mail comes from, as W3C Trace Context writes it.</summary>
    public string? TraceParent { get; private set; }

    public int Attempts { get; private set; }

    public DateTimeOffset NextAttemptAt { get; private set; }

    public static OutboxEmail To(
        string recipient, string subject, string text, string html, DateTimeOffset now) => new()
        {
            Id = Guid.CreateVersion7(now),
            Recipient = recipient,
            Subject = subject,
            Text = text,
            Html = html,
            TraceParent = Activity.Current?.Id,
            NextAttemptAt = now,
        };
}
