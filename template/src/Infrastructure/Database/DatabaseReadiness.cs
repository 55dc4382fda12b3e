using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ProdReady.Infrastructure.Database;

/// <summary>
/// Ready: the database answers and has every migration, and the app is not shutting down. One for all probes: they are
/// open to everybody, and however many come, the database is asked once in a second.
/// </summary>
internal sealed class DatabaseReadiness(
    IServiceScopeFactory scopes,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<DatabaseReadiness> logger) : IHealthCheck
{
    private const string NoAnswer = "The database does not answer.";

    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    private readonly Lock turn = new();
    private Task<string?>? asked;
    private long askedAt;

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
        try
        {
            // Waiting ends with the probe's patience. Asking goes on: the driver takes its time with what it cancels.
            return await Ask().WaitAsync(ct);
        }
        catch (Exception exception) when (exception is DbException or OperationCanceledException)
        {
            return NoAnswer;
        }
    }

    private Task<string?> Ask()
    {
        lock (turn)
        {
            if (asked is null || (asked.IsCompleted && clock.GetElapsedTime(askedAt) >= Trust))
            {
                askedAt = clock.GetTimestamp();
                asked = Task.Run(AskDatabase);
            }

            return asked;
        }
    }

    private async Task<string?> AskDatabase()
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
        var pending = await database.GetPendingMigrationsAsync();

        return pending.Any()
            ? "Migrations are pending: run the migrate command (dotnet run --project src -- migrate in Development)."
            : null;
    }
}
