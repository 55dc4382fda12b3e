using System.Buffers.Binary;
//#if (Sqlite)
using System.Collections.Concurrent;
//#endif
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Options;
using ProdReady.Application;
using ProdReady.Application.Idempotency;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Idempotency;

/// <summary>
/// The row of the key and what the request changes are one transaction, so that a process that dies leaves both or
/// neither. A second insert of the row would wait for the first, with a connection in its hands; a lock that is tried
/// and not waited for says at once that somebody is at it, and ends with the transaction, also where that just breaks.
/// </summary>
internal sealed class IdempotencyKeys(AppDbContext db, IOptions<IdempotencyOptions> options, TimeProvider clock)
    : IIdempotencyKeys
{
    //#if (Sqlite)
    private static readonly ConcurrentDictionary<string, byte> Running = new();

    //#endif
    public async Task<KeyedAnswer?> Once(KeyedRequest request, Func<Task<Answer>> run, CancellationToken ct)
    {
        //#if (Sqlite)
        if (db.Database.IsSqlite())
        {
            return await OnceInThisProcess(request, run, ct);
        }

        //#endif
        return await db.InTransaction(
            async () => await TryLock(request, ct) ? await FindOrRun(request, run, ct) : await Find(request, ct),
            IsWorthKeeping,
            ct);
    }

    private static bool IsWorthKeeping(KeyedAnswer? found) => found is { IsReplayed: false, Answer.IsError: false };

    //#if (Sqlite)
    // A transaction of SQLite keeps all others waiting, so who comes second must be known before it begins.
    private async Task<KeyedAnswer?> OnceInThisProcess(
        KeyedRequest request, Func<Task<Answer>> run, CancellationToken ct)
    {
        var key = Convert.ToHexString(request.KeyHash);
        if (!Running.TryAdd(key, 0))
        {
            return await Find(request, ct);
        }

        try
        {
            return await db.InTransaction(() => FindOrRun(request, run, ct), IsWorthKeeping, ct);
        }
        finally
        {
            Running.TryRemove(key, out _);
        }
    }

    //#endif
    private async Task<bool> TryLock(KeyedRequest request, CancellationToken ct)
    {
        var number = BinaryPrimitives.ReadInt64BigEndian(request.KeyHash);
        var isLocked = await db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({number})").ToListAsync(ct);

        return isLocked.Single();
    }

    private async Task<KeyedAnswer?> FindOrRun(KeyedRequest request, Func<Task<Answer>> run, CancellationToken ct)
    {
        // Also tells a second attempt that the first was committed after all, though the connection broke over it.
        if (await Find(request, ct) is { } found)
        {
            return found;
        }

        var answer = await run();
        if (!answer.IsError)
        {
            await Of(request).ExecuteDeleteAsync(ct);
            db.Add(IdempotencyKey.For(request, answer, clock.Now() + options.Value.Retention));
            await db.SaveChangesAsync(ct);
        }

        return new KeyedAnswer(request.Fingerprint, answer, IsReplayed: false);
    }

    private async Task<KeyedAnswer?> Find(KeyedRequest request, CancellationToken ct)
    {
        var now = clock.Now();
        var row = await Of(request).AsNoTracking().SingleOrDefaultAsync(key => key.ExpiresAt > now, ct);

        return row is null ? null : new KeyedAnswer(
            row.Fingerprint,
            new Answer(row.Status, row.ContentType, row.Location, row.ETag, row.Body),
            IsReplayed: true);
    }

    private IQueryable<IdempotencyKey> Of(KeyedRequest request) =>
        db.IdempotencyKeys.Where(key => key.UserId == request.UserId && key.Hash == request.KeyHash);
}

internal sealed class IdempotencyKey
{
    // What makes something answers with one thing. A list of thousands has no place in a table of keys.
    public const int MaxBodyBytes = 65_536;

    public Guid UserId { get; private set; }

    public byte[] Hash { get; private set; } = [];

    public byte[] Fingerprint { get; private set; } = [];

    public int Status { get; private set; }

    public string? ContentType { get; private set; }

    public string? Location { get; private set; }

    public string? ETag { get; private set; }

    /// <summary>Null where it was too long.</summary>
    public byte[]? Body { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    public static IdempotencyKey For(KeyedRequest request, Answer answer, DateTimeOffset expiresAt) => new()
    {
        UserId = request.UserId,
        Hash = request.KeyHash,
        Fingerprint = request.Fingerprint,
        Status = answer.Status,
        ContentType = answer.ContentType,
        Location = answer.Location,
        ETag = answer.ETag,
        Body = answer.Body?.Length <= MaxBodyBytes ? answer.Body : null,
        ExpiresAt = expiresAt,
    };
}

internal sealed class IdempotencyKeyConfiguration : IEntityTypeConfiguration<IdempotencyKey>
{
    public void Configure(EntityTypeBuilder<IdempotencyKey> key)
    {
        key.ToTable("idempotency_keys");

        key.HasKey(k => new { k.UserId, k.Hash });
        key.Property(k => k.Hash).HasMaxLength(32);
        key.Property(k => k.Fingerprint).HasMaxLength(32);
        key.Property(k => k.ContentType).HasMaxLength(200);
        key.Property(k => k.Location).HasMaxLength(2_000);
        key.Property(k => k.ETag).HasMaxLength(200);
        key.Property(k => k.Body).HasMaxLength(IdempotencyKey.MaxBodyBytes);

        // The answers may hold what is personal, so they go with the account.
        key.HasOne<User>().WithMany().HasForeignKey(k => k.UserId).OnDelete(DeleteBehavior.Cascade);

        // What the purge looks for.
        key.HasIndex(k => k.ExpiresAt);
    }
}
