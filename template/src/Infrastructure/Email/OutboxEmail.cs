using System.Diagnostics;
using ProdReady.Application.Email;

namespace ProdReady.Infrastructure.Email;

/// <summary>
/// A queued mail (transactional outbox). The row is committed together with the change that the mail is about;
/// OutboxWorker delivers the mail and deletes the row.
/// </summary>
internal sealed class OutboxEmail
{
    private OutboxEmail()
    {
    }

    public Guid Id { get; private set; }

    public string Recipient { get; private set; } = "";

    /// <summary>Subject and text, encrypted by EmailProtector.</summary>
    public string Payload { get; private set; } = "";

    /// <summary>The W3C traceparent of the request that queued the mail.</summary>
    public string? TraceParent { get; private set; }

    public EmailPriority Priority { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>After that it is not sent.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    public int Attempts { get; private set; }

    public DateTimeOffset NextAttemptAt { get; private set; }

    /// <summary>When it was given up; else null. For how to retry it, see docs/architecture.md.</summary>
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

        // For the WHERE and ORDER BY of OutboxClaim.
        email.HasIndex(e => new { e.FailedAt, e.Priority, e.NextAttemptAt });
    }
}

internal static class OutboxClaim
{
    // Rows that another worker is claiming are skipped, not waited for.
    private const string SkipLocked = "FOR UPDATE SKIP LOCKED";

    private const string Claim = $$"""
        UPDATE outbox_emails SET attempts = attempts + 1, next_attempt_at = {0}
        WHERE id = (
            SELECT id FROM outbox_emails
            WHERE failed_at IS NULL AND next_attempt_at <= {1}
            ORDER BY priority, next_attempt_at
            LIMIT 1 {{SkipLocked}})
        RETURNING *
        """;

    /// <summary>
    /// Claims the next mail that is due: no other worker gets it before the lease ends. Concurrent calls, also of other
    /// instances, get different mails.
    /// </summary>
    public static async Task<OutboxEmail?> ClaimNextEmail(
        this AppDbContext db, DateTimeOffset now, DateTimeOffset leaseEnd, CancellationToken ct)
    {
        var (sql, times) = (Claim, new object[] { leaseEnd, now });
        //#if (Sqlite)
        if (db.Database.IsSqlite())
        {
            // It has one writer at a time, and so no row locks; and times are numbers there.
            (sql, times) = (Claim.Replace(SkipLocked, ""), [leaseEnd.UtcTicks, now.UtcTicks]);
        }

        //#endif
        var claimed = await db.Set<OutboxEmail>().FromSqlRaw(sql, times).AsNoTracking().ToListAsync(ct);

        return claimed.SingleOrDefault();
    }
}
