using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Application;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Files;
using ProdReady.Infrastructure.RateLimiting;

namespace ProdReady.Infrastructure.Jobs;

internal static class Purging
{
    public static void AddPurging(this IServiceCollection services)
    {
        services.AddSingleton<Purge>();
        services.AddHostedService<PurgeJob>();
        services.AddSingleton<OrphanedFiles>();
        services.AddHostedService<OrphanedFilesJob>();
    }
}

/// <summary>Removes what is over. Where several instances do so at once, each row is still removed once.</summary>
internal sealed class Purge(IServiceScopeFactory scopes, IOptions<SessionsOptions> sessions, TimeProvider clock)
{
    // Few enough to hold no lock for long, however much has piled up.
    private const int BatchSize = 1_000;

    // Time enough to find out why, and to send them after all.
    private static readonly TimeSpan KeepFailedEmails = TimeSpan.FromDays(30);

    /// <returns>How many rows are gone.</returns>
    public async Task<int> Run(CancellationToken ct) =>
        await DeleteAll(ExpiredSessions, ct)
        + await DeleteAll(ExpiredTokens, ct)
        + await DeleteAll(ExpiredKeys, ct)
        + await DeleteAll(FailedEmails, ct)
        + await DeleteAll(PastCounters, ct);

    private IQueryable<object> ExpiredSessions(AppDbContext db)
    {
        var now = clock.Now();
        var idleSince = now - sessions.Value.IdleTimeout;

        return db.Sessions.Where(session => session.ExpiresAt <= now || session.RefreshedAt <= idleSince);
    }

    private IQueryable<object> ExpiredTokens(AppDbContext db)
    {
        var now = clock.Now();

        return db.MailedTokens.Where(token => token.ExpiresAt <= now);
    }

    private IQueryable<object> FailedEmails(AppDbContext db)
    {
        var longAgo = clock.Now() - KeepFailedEmails;

        return db.Outbox.Where(email => email.FailedAt <= longAgo);
    }

    private IQueryable<object> PastCounters(AppDbContext db)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();

        return db.Set<RateCounter>().Where(counter => counter.WindowEnd < now);
    }

    private IQueryable<object> ExpiredKeys(AppDbContext db)
    {
        var now = clock.Now();

        return db.IdempotencyKeys.Where(key => key.ExpiresAt <= now);
    }

    private async Task<int> DeleteAll(Func<AppDbContext, IQueryable<object>> expired, CancellationToken ct)
    {
        var total = 0;
        int deleted;
        do
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            deleted = await expired(db).Take(BatchSize).ExecuteDeleteAsync(ct);
            total += deleted;
        }
        while (deleted == BatchSize);

        return total;
    }
}

internal sealed class PurgeJob(Purge purge, TimeProvider clock, ILogger<PurgeJob> logger)
    : PeriodicJob(TimeSpan.FromMinutes(10), clock, logger)
{
    protected override Task Run(CancellationToken ct) => purge.Run(ct);
}

/// <summary>Less often: it has to list all files there are.</summary>
internal sealed class OrphanedFilesJob(OrphanedFiles files, TimeProvider clock, ILogger<OrphanedFilesJob> logger)
    : PeriodicJob(TimeSpan.FromHours(1), clock, logger)
{
    protected override Task Run(CancellationToken ct) => files.Remove(ct);
}
