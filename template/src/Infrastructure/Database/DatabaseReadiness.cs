using System.Data.Common;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ProdReady.Infrastructure.Database;

/// <summary>
/// Ready: the database answers and has every migration, and the app is not shutting down. All probes share one query a
/// second: the endpoint is open to everyone and must not load the database.
/// </summary>
internal sealed class DatabaseReadiness(
    IServiceScopeFactory scopes,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<DatabaseReadiness> logger) : IHealthCheck
{
    private const string NoAnswer = "The database does not answer.";

    private static readonly TimeSpan CacheDuration = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private Task<string?>? query;
    private long startedAt;
    private volatile bool isMigrated;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The app is shutting down.");
        }

        string? reason;
        try
        {
            // Ends with the timeout of the probe. The query goes on, because Npgsql takes seconds to cancel it.
            reason = await SharedQuery().WaitAsync(ct);
        }
        catch (Exception exception) when (exception is DbException or OperationCanceledException)
        {
            reason = NoAnswer;
        }

        if (reason is null)
        {
            return HealthCheckResult.Healthy();
        }

        // As a warning: the framework's own log line is an error for each probe, and Logging.cs switches it off.
        logger.LogWarning("Not ready: {Reason}", reason);

        return HealthCheckResult.Unhealthy(reason);
    }

    private Task<string?> SharedQuery()
    {
        lock (gate)
        {
            if (query is null || (query.IsCompleted && clock.GetElapsedTime(startedAt) >= CacheDuration))
            {
                startedAt = clock.GetTimestamp();
                query = Task.Run(QueryDatabase);
            }

            return query;
        }
    }

    private async Task<string?> QueryDatabase()
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<AppDbContext>().Database;
        if (!await database.CanConnectAsync())
        {
            return NoAnswer;
        }

        //#if (Sqlite)
        if (database.IsSqlite())
        {
            return null;
        }

        //#endif
        // Once: no later migration takes one away, and while migrate runs, EF Core locks the table that lists them.
        if (isMigrated)
        {
            return null;
        }

        var pending = string.Join(", ", await database.GetPendingMigrationsAsync());
        isMigrated = pending.Length == 0;

        return pending.Length > 0
            ? $"Migrations are pending: {pending}. Run the migrate command (dotnet run --project src -- migrate)."
            : null;
    }
}
