using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ProdReady.Infrastructure.Database;

/// <summary>Ready: the database answers and has every migration, and the app is not shutting down.</summary>
internal sealed class DatabaseReadiness(AppDbContext db, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The app is shutting down.");
        }

        if (!await db.Database.CanConnectAsync(ct))
        {
            return HealthCheckResult.Unhealthy("The database does not answer.");
        }

        //#if (Sqlite)
        if (db.Database.IsSqlite())
        {
            return HealthCheckResult.Healthy();
        }

        //#endif
        var pending = await db.Database.GetPendingMigrationsAsync(ct);

        return pending.Any()
            ? HealthCheckResult.Unhealthy("Migrations are pending: run the migrate command.")
            : HealthCheckResult.Healthy();
    }
}
