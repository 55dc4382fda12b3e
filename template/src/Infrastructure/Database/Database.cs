using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;
using ProdReady.Application;
using ProdReady.Application.Idempotency;
using ProdReady.Application.RateLimiting;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Infrastructure.Idempotency;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Infrastructure.RateLimiting;

namespace ProdReady.Infrastructure.Database;

internal static class Database
{
    // Whoever probes has made up its mind after that.
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(2);

    // A server has room for a hundred, by default, and must serve several instances.
    private const int MaxConnections = 30;

    // Seconds. A silent database holds a request for less than ten of them: two until a connection is there or becomes
    // free, three for the command, and again twice two, in which the driver finds that it cannot even cancel it.
    private const string ClientPatience = "Timeout=2;Command Timeout=3";

    // Whoever holds a row for longer is stuck. Less than the time of a command, for that breaks the connection.
    private const string LockPatience = "2s";

    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<DatabaseOptions>(DatabaseOptions.Section);

        // The driver holds a thread for each command that it tries to cancel. Where the database is silent that takes
        // seconds, and by itself the runtime adds a thread or two a second: not even /health/live would be answered.
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, Environment.ProcessorCount + MaxConnections), ports);

        builder.Services.AddDbContext<AppDbContext>((services, options) =>
        {
            var database = services.GetRequiredService<IOptions<DatabaseOptions>>().Value;
            options.AddInterceptors(services.GetServices<IInterceptor>());

            // What goes wrong is thrown, and logged by whoever catches it; here it would be logged a second time, as an
            // error, although it may be expected: a unique index that refuses, a table that is not there yet.
            options.ConfigureWarnings(events => events.Log(
                (RelationalEventId.CommandError, LogLevel.Debug),
                (RelationalEventId.ConnectionError, LogLevel.Debug),
                (RelationalEventId.TransactionError, LogLevel.Debug),
                (CoreEventId.SaveChangesFailed, LogLevel.Debug),
                (CoreEventId.OptimisticConcurrencyException, LogLevel.Debug),
                (CoreEventId.QueryIterationFailed, LogLevel.Debug)));

            //#if (Sqlite)
            if (EmbeddedDatabase.Serves(builder.Environment, database))
            {
                options.UseEmbedded(builder.Environment);
                return;
            }

            //#endif
            options.UsePostgres(services.GetRequiredService<NpgsqlDataSource>());
        });

        builder.Services.AddSingleton(services =>
        {
            var database = services.GetRequiredService<IOptions<DatabaseOptions>>().Value;
            var requests = services.GetRequiredService<IOptions<RequestsOptions>>().Value;

            // Without a name the connection string would be the name of the pool in every metric.
            return new NpgsqlDataSourceBuilder(Bounded(database.Database, requests.Timeout)) { Name = "app" }.Build();
        });

        builder.Services.AddScoped<IAppDbContext>(services => services.GetRequiredService<AppDbContext>());

        builder.Services.AddSingleton<ISharedCounter, SharedCounter>();
        builder.Services.AddPurge<RateCounter>((_, now) =>
        {
            var seconds = now.ToUnixTimeSeconds();

            return counter => counter.WindowEnd < seconds;
        });

        builder.Services.AddSettings<IdempotencyOptions>(IdempotencyOptions.Section);
        builder.Services.AddScoped<IIdempotencyKeys, IdempotencyKeys>();
        builder.Services.AddPurge<IdempotencyKey>((_, now) => key => key.ExpiresAt <= now);

        builder.Services.AddSingleton<DatabaseReadiness>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseReadiness>("database", timeout: ProbePatience);

        builder.Services.AddDataProtection()
            .SetApplicationName("app")
            .PersistKeysToDbContext<AppDbContext>()
            .EncryptWithSigningKeys();
    }

    public static DbContextOptionsBuilder UsePostgres(this DbContextOptionsBuilder options, string connectionString) =>
        options.UseNpgsql(connectionString, Retry).UseSnakeCaseNamingConvention();

    private static DbContextOptionsBuilder UsePostgres(this DbContextOptionsBuilder options, NpgsqlDataSource pool) =>
        options.UseNpgsql(pool, Retry).UseSnakeCaseNamingConvention();

    private static void Retry(NpgsqlDbContextOptionsBuilder npgsql) =>
        npgsql.ExecutionStrategy(dependencies => new BriefRetries(dependencies));

    /// <summary>
    /// For an app that serves. The app ends what it does not wait for any more; where it cannot, because it is gone
    /// itself, PostgreSQL does. What the connection string says about any of this wins.
    /// </summary>
    private static string Bounded(string connectionString, TimeSpan longestRequest)
    {
        var bounded = new NpgsqlConnectionStringBuilder(
            $"Maximum Pool Size={MaxConnections};{ClientPatience};{connectionString}");
        var milliseconds = (int)longestRequest.TotalMilliseconds;
        bounded.Options = $"-c lock_timeout={LockPatience} -c statement_timeout={milliseconds} "
            + $"-c idle_in_transaction_session_timeout={milliseconds} {bounded.Options}";

        return bounded.ConnectionString;
    }
}

/// <summary>
/// Tries again what failed by chance: a deadlock, a serialization failure, a connection that broke. Only while a client
/// may still be waiting; what has waited for its time-out, or for a lock, has waited long enough.
/// </summary>
internal sealed class BriefRetries(ExecutionStrategyDependencies dependencies)
    : NpgsqlRetryingExecutionStrategy(dependencies, maxRetryCount: 3, TimeSpan.FromSeconds(0.2), errorCodesToAdd: null)
{
    protected override bool ShouldRetryOn(Exception? exception) =>
        exception is not TimeoutException
        && exception?.InnerException is not TimeoutException
        && exception is not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable }
        && base.ShouldRetryOn(exception);
}

internal sealed class DatabaseOptions : IValidatableObject
{
    public const string Section = "ConnectionStrings";

    /// <summary>The connection string of the PostgreSQL database.</summary>
    public string Database { get; init; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        var environment = context.GetRequiredService<IHostEnvironment>();

        //#if (Sqlite)
        if (EmbeddedDatabase.Serves(environment, this))
        {
            yield break;
        }

        //#endif
        if (Database.Length == 0)
        {
            yield return new ValidationResult(
                $"{Section}:Database is missing; it is the connection string of the PostgreSQL database.");
        }
        else if (Parse() is not { Host.Length: > 0 } parsed)
        {
            yield return new ValidationResult(
                $"{Section}:Database must be a connection string such as Host=db;Database=app;Username=app, no URL.");
        }
        else if (parsed.IncludeErrorDetail && !environment.IsDevelopment())
        {
            yield return new ValidationResult(
                $"{Section}:Database must not ask for Include Error Detail, which puts the data of users into logs.");
        }
    }

    private NpgsqlConnectionStringBuilder? Parse()
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(Database);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }
}
