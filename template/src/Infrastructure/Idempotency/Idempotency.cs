using System.Buffers.Binary;
//#if (Sqlite)
using System.Collections.Concurrent;
//#endif
using ProdReady.Application.Idempotency;

namespace ProdReady.Infrastructure.Idempotency;

internal static class Idempotency
{
    public static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSettings<IdempotencyOptions>(IdempotencyOptions.Section);
        services.AddScoped<IIdempotencyKeys, IdempotencyKeys>();
        services.AddPurge<StoredResponse>((_, now) => response => response.ExpiresAt <= now);
    }
}

internal sealed class IdempotencyOptions
{
    public const string Section = "Idempotency";

    /// <summary>How long a key and its response are stored.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(1);
}

/// <summary>
/// The stored response and the changes of the request are one transaction: both are committed or neither. A second
/// INSERT of the row would block, with a connection in use. So the transaction first tries an advisory lock, which
/// fails at once while another request holds it, and is released when that transaction or its connection ends.
/// </summary>
internal sealed class IdempotencyKeys(AppDbContext db, IOptions<IdempotencyOptions> options, TimeProvider clock)
    : IIdempotencyKeys
{
    //#if (Sqlite)
    private static readonly ConcurrentDictionary<string, byte> Running = new();

    //#endif
    public async Task<StoredResponse?> RunOnce(
        Guid userId, byte[] keyHash, Func<Task<StoredResponse>> run, CancellationToken ct)
    {
        var rows = db.Set<StoredResponse>().Where(row => row.UserId == userId && row.Hash == keyHash);

        //#if (Sqlite)
        if (db.Database.IsSqlite())
        {
            return await RunOnceInProcess(rows, Convert.ToHexString(keyHash), run, ct);
        }

        //#endif
        return await db.InTransaction(
            async () => await TryLock(keyHash, ct) ? await FindOrRun(rows, run, ct) : await Find(rows, ct),
            IsCommitted,
            ct);
    }

    private static bool IsCommitted(StoredResponse? response) => response is { Status: < 400 };

    //#if (Sqlite)
    // SQLite runs one write transaction at a time, so a second request must be detected before its transaction begins.
    private async Task<StoredResponse?> RunOnceInProcess(
        IQueryable<StoredResponse> rows, string key, Func<Task<StoredResponse>> run, CancellationToken ct)
    {
        if (!Running.TryAdd(key, 0))
        {
            return await Find(rows, ct);
        }

        try
        {
            return await db.InTransaction(() => FindOrRun(rows, run, ct), IsCommitted, ct);
        }
        finally
        {
            Running.TryRemove(key, out _);
        }
    }

    //#endif
    private async Task<bool> TryLock(byte[] keyHash, CancellationToken ct)
    {
        var number = BinaryPrimitives.ReadInt64BigEndian(keyHash);
        var isLocked = await db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({number})").ToListAsync(ct);

        return isLocked.Single();
    }

    private async Task<StoredResponse> FindOrRun(
        IQueryable<StoredResponse> rows, Func<Task<StoredResponse>> run, CancellationToken ct)
    {
        // The execution strategy may run this again after the connection broke during a commit that succeeded.
        var stored = await rows.AsNoTracking().SingleOrDefaultAsync(ct);
        if (IsValid(stored))
        {
            return stored!;
        }

        var response = await run();
        if (IsCommitted(response))
        {
            if (stored is not null)
            {
                await rows.ExecuteDeleteAsync(ct);
            }

            response.ExpiresAt = clock.Now() + options.Value.Retention;
            db.Add(response);
            await db.SaveChangesAsync(ct);
        }

        return response;
    }

    private async Task<StoredResponse?> Find(IQueryable<StoredResponse> rows, CancellationToken ct) =>
        await rows.AsNoTracking().SingleOrDefaultAsync(ct) is { } stored && IsValid(stored) ? stored : null;

    private bool IsValid(StoredResponse? stored) => stored?.ExpiresAt > clock.Now();
}

internal sealed class StoredResponseConfiguration : IEntityTypeConfiguration<StoredResponse>
{
    public void Configure(EntityTypeBuilder<StoredResponse> response)
    {
        response.ToTable("idempotency_keys");

        response.HasKey(r => new { r.UserId, r.Hash });
        response.Property(r => r.Hash).HasMaxLength(32);
        response.Property(r => r.Fingerprint).HasMaxLength(32);
        response.Property(r => r.ContentType).HasMaxLength(200);
        response.Property(r => r.Location).HasMaxLength(2_000);
        response.Property(r => r.ETag).HasMaxLength(200);
        response.Property(r => r.Body).HasMaxLength(StoredResponse.MaxBodyBytes);

        // Responses can contain personal data, so they are deleted with the account.
        response.HasOne<User>().WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Cascade);

        // For the purge.
        response.HasIndex(r => r.ExpiresAt);
    }
}
