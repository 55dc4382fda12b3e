using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ProdReady.Application.Email;
using ProdReady.Domain;

namespace ProdReady.Infrastructure.Email;

/// <summary>
/// A mail that is to be sent. It is written in the same transaction as the change that it tells of, so that neither
/// happens without the other; the worker delivers it afterwards and removes the row.
/// </summary>
internal sealed class OutboxEmail
{
    private OutboxEmail()
    {
    }

    public Guid Id { get; private set; }

    public string Recipient { get; private set; } = "";

    /// <summary>What it says, encrypted: links in it open accounts.</summary>
    public string Payload { get; private set; } = "";

    /// <summary>The request that the mail comes from, as W3C Trace Context writes it.</summary>
    public string? TraceParent { get; private set; }

    public EmailPriority Priority { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>After that it is not sent any more.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    public int Attempts { get; private set; }

    public DateTimeOffset NextAttemptAt { get; private set; }

    /// <summary>Set: it was given up. To try again, see docs/architecture.md.</summary>
    public DateTimeOffset? FailedAt { get; private set; }

    public static OutboxEmail Of(Application.Email.Email email, string payload, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        Recipient = email.Recipient,
        Payload = payload,
        TraceParent = Activity.Current?.Id,
        Priority = email.Priority,
        CreatedAt = now,
        ExpiresAt = email.ExpiresAt,
        NextAttemptAt = now,
    };
}

internal sealed class OutboxEmailConfiguration : IEntityTypeConfiguration<OutboxEmail>
{
    public void Configure(EntityTypeBuilder<OutboxEmail> email)
    {
        email.ToTable("outbox_emails");

        email.Property(e => e.Recipient).HasMaxLength(User.MaxEmailLength);
        email.Property(e => e.Payload).HasMaxLength(100_000);
        email.Property(e => e.TraceParent).HasMaxLength(55);

        // The order in which they are claimed.
        email.HasIndex(e => new { e.FailedAt, e.Priority, e.NextAttemptAt });
    }
}
