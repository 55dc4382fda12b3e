using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Email;

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
