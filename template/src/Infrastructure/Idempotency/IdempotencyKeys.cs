using System.Buffers.Binary;
using System.Collections.Concurrent;
using ProdReady.Application.Idempotency;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Idempotency;

/// <summary>
/// The stored response and the changes of the request are one transaction: both are committed or neither. A second
/// INSERT of the row would block, with a connection in use. So a request first takes its key in this process, then
/// tries an advisory lock, which fails at once while another instance holds it, and is released when that transaction
/// or its connection ends.
/// </summary>
internal sealed class IdempotencyKeys(AppDbContext db, IOptions<IdempotencyOptions> options, TimeProvider clock)
    : IIdempotencyKeys
{
    private static readonly ConcurrentDictionary<string, byte> Running = new();

    public async Task<StoredResponse?> RunOnce(
        Guid userId, byte[] keyHash, Func<Task<StoredResponse>> run, CancellationToken ct)
    {
        var rows = db.Set<StoredResponse>().Where(row => row.UserId == userId && row.Hash == keyHash);
        var key = Convert.ToHexString(keyHash);
        if (!Running.TryAdd(key, 0))
        {
            return await Find(rows, ct);
        }

        try
        {
            return await db.InTransaction(
                async () => await TryLock(keyHash, ct) ? await FindOrRun(rows, run, ct) : await Find(rows, ct),
                IsCommitted,
                ct);
        }
        finally
        {
            Running.TryRemove(key, out _);
        }
    }

    private static bool IsCommitted(StoredResponse? response) => response is { Status: < 400 };

    private async Task<bool> TryLock(byte[] keyHash, CancellationToken ct)
    {
        //#if (Sqlite)
        if (db.Database.IsSqlite())
        {
            return true;
        }

        //#endif
        var number = BinaryPrimitives.ReadInt64BigEndian(keyHash);
        var isLocked = await db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({number})").ToListAsync(ct);

        return isLocked.Single();
    }

    private async Task<StoredResponse> FindOrRun(
        IQueryable<StoredResponse> rows, Func<Task<StoredResponse>> run, CancellationToken ct)
    {
        // The execution strategy may run this again after the connection broke during a commit that succeeded.
        if (await Find(rows, ct) is { } stored)
        {
            return stored;
        }

        var response = await run();
        if (IsCommitted(response))
        {
            await rows.ExecuteDeleteAsync(ct);
            response.ExpiresAt = clock.Now() + options.Value.Retention;
            db.Add(response);
            await db.SaveChangesAsync(ct);
        }

        return response;
    }

    private Task<StoredResponse?> Find(IQueryable<StoredResponse> rows, CancellationToken ct)
    {
        var now = clock.Now();

        return rows.AsNoTracking().SingleOrDefaultAsync(row => row.ExpiresAt > now, ct);
    }
}
