using Microsoft.EntityFrameworkCore;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Email;

internal static class OutboxClaim
{
    /// <summary>
    /// Takes the next mail that is due, for so long that nobody else takes it before it is delivered. However many ask
    /// at once, each gets another one.
    /// </summary>
    public static async Task<OutboxEmail?> ClaimNextEmail(
        this AppDbContext db, DateTimeOffset now, DateTimeOffset leaseEnd, CancellationToken ct)
    {
        //#if (Sqlite)
        if (db.Database.IsSqlite())
        {
            return await ClaimNextEmailAlone(db, now, leaseEnd, ct);
        }

        //#endif
        // Rows that others are claiming at this moment are passed over, not waited for.
        var claimed = await db.Outbox
            .FromSql($"""
                UPDATE outbox_emails SET attempts = attempts + 1, next_attempt_at = {leaseEnd}
                WHERE id = (
                    SELECT id FROM outbox_emails
                    WHERE failed_at IS NULL AND next_attempt_at <= {now}
                    ORDER BY priority, next_attempt_at
                    LIMIT 1
                    FOR UPDATE SKIP LOCKED)
                RETURNING *
                """)
            .AsNoTracking()
            .ToListAsync(ct);

        return claimed.SingleOrDefault();
    }

    //#if (Sqlite)
    private static async Task<OutboxEmail?> ClaimNextEmailAlone(
        AppDbContext db, DateTimeOffset now, DateTimeOffset leaseEnd, CancellationToken ct)
    {
        var next = await db.Outbox.AsNoTracking()
            .Where(email => email.FailedAt == null && email.NextAttemptAt <= now)
            .OrderBy(email => email.Priority)
            .ThenBy(email => email.NextAttemptAt)
            .FirstOrDefaultAsync(ct);
        if (next is null)
        {
            return null;
        }

        var claimed = await db.Outbox
            .Where(email => email.Id == next.Id && email.Attempts == next.Attempts)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(email => email.Attempts, next.Attempts + 1)
                    .SetProperty(email => email.NextAttemptAt, leaseEnd),
                ct);

        // Zero: somebody else was quicker, so look again.
        return claimed == 1
            ? await db.Outbox.AsNoTracking().SingleAsync(email => email.Id == next.Id, ct)
            : await ClaimNextEmailAlone(db, now, leaseEnd, ct);
    }

    //#endif
}
