using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ProdReady.Infrastructure.Database;

/// <summary>Ready: the database answers and has every migration, and the app is not shutting down.</summary>
internal sealed class DatabaseReadiness(
    AppDbContext db, IHostApplicationLifetime lifetime, ILogger<DatabaseReadiness> logger) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The app is shutting down.");
        }

        if (await WhatIsWrong(ct) is not { } reason)
        {
            return HealthCheckResult.Healthy();
        }

        // Said here because the framework would make an error of each probe.
        logger.LogWarning("Not ready: {Reason}", reason);

        return HealthCheckResult.Unhealthy(reason);
    }

    private async Task<string?> WhatIsWrong(CancellationToken ct)
    {
        const string NoAnswer = "The database does not answer.";
        try
        {
            if (!await db.Database.CanConnectAsync(ct))
            {
                return NoAnswer;
            }

            //#if (Sqlite)
            if (db.Database.IsSqlite())
            {
                return null;
            }

            //#endif
            var pending = await db.Database.GetPendingMigrationsAsync(ct);

            return pending.Any() ? "Migrations are pending: run the migrate command." : null;
        }
        catch (Exception exception) when (exception is DbException or OperationCanceledException)
        {
            return NoAnswer;
        }
    }
}
