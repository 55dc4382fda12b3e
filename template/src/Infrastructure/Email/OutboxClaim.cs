using Microsoft.EntityFrameworkCore;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Email;

internal static class OutboxClaim
{
    /// <summary>
    /// Claims the next mail that is due: no other worker gets it before the lease ends. Concurrent calls, also of other
    /// instances, get different mails.
    /// </summary>
    public static async Task<OutboxEmail?> ClaimNextEmail(
        this AppDbContext db, DateTimeOffset now, DateTimeOffset leaseEnd, CancellationToken ct)
    {
        //#if (Sqlite)
        if (db.Database.IsSqlite())
        {
            return await ClaimOnSqlite(db, now, leaseEnd, ct);
        }

        //#endif
        // SKIP LOCKED: rows that another worker is claiming are skipped, not waited for.
        var claimed = await db.Set<OutboxEmail>()
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
    private static async Task<OutboxEmail?> ClaimOnSqlite(
        AppDbContext db, DateTimeOffset now, DateTimeOffset leaseEnd, CancellationToken ct)
    {
        var next = await db.Set<OutboxEmail>().AsNoTracking()
            .Where(email => email.FailedAt == null && email.NextAttemptAt <= now)
            .OrderBy(email => email.Priority)
            .ThenBy(email => email.NextAttemptAt)
            .FirstOrDefaultAsync(ct);
        if (next is null)
        {
            return null;
        }

        var claimed = await db.Set<OutboxEmail>()
            .Where(email => email.Id == next.Id && email.Attempts == next.Attempts)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(email => email.Attempts, next.Attempts + 1)
                    .SetProperty(email => email.NextAttemptAt, leaseEnd),
                ct);

        // Zero rows: another worker was faster.
        return claimed == 1
            ? await db.Set<OutboxEmail>().AsNoTracking().SingleAsync(email => email.Id == next.Id, ct)
            : await ClaimOnSqlite(db, now, leaseEnd, ct);
    }

    //#endif
}
