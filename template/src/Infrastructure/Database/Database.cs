using System.Data.Common;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL;
using static System.Net.Sockets.SocketError;

namespace ProdReady.Infrastructure.Database;

internal static class Database
{
    // /health/ready is red within 3 seconds (docs/limits.md).
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    // PostgreSQL accepts 100 connections by default (max_connections), and several instances share them.
    private const int MaxConnections = 30;

    // Seconds. A database that hangs holds a request for less than ten: two for a connection, three for the command,
    // and twice two more until Npgsql gives up sending the cancellation.
    private const string ClientTimeouts = "Timeout=2;Command Timeout=3";

    // Shorter than the command timeout, which closes the connection.
    private const string LockTimeout = "2s";

    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<DatabaseOptions>(DatabaseOptions.Section);
        builder.Services.AddSettings<PoolerOptions>(PoolerOptions.Section);

        // Npgsql blocks a thread for each command that it cancels, for seconds if the database hangs. The thread pool
        // adds one or two threads a second: without this minimum not even /health/live would be answered.
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, Environment.ProcessorCount + MaxConnections), ports);

        // A look-up of a name cannot be cancelled, and no timeout of Npgsql ends it. With a name server that does not
        // answer, glibc takes ten seconds or more, with this at most four (resolv.conf(5)). A value that is set wins.
        if (OperatingSystem.IsLinux())
        {
            _ = SetVariable("RES_OPTIONS", "timeout:1 attempts:2", overwrite: 0);
        }

        //#if (Sqlite)
        var embedded = EmbeddedDatabase.FileOf(builder.Environment);

        //#endif
        // A pool: the options are made once and not for each request, and a context is used again.
        builder.Services.AddDbContextPool<AppDbContext>((services, options) =>
        {
            // EF Core logs these as errors and throws as well. The exception handler logs what is unexpected; a unique
            // index that refuses a row is not.
            options.ConfigureWarnings(events => events.Log(
                (RelationalEventId.CommandError, LogLevel.Debug),
                (RelationalEventId.ConnectionError, LogLevel.Debug),
                (RelationalEventId.TransactionError, LogLevel.Debug),
                (CoreEventId.SaveChangesFailed, LogLevel.Debug),
                (CoreEventId.OptimisticConcurrencyException, LogLevel.Debug),
                (CoreEventId.QueryIterationFailed, LogLevel.Debug)));

            //#if (Sqlite)
            if (EmbeddedDatabase.Serves(
                builder.Environment, services.GetRequiredService<IOptions<DatabaseOptions>>().Value))
            {
                options.UseEmbedded(embedded);
                return;
            }

            //#endif
            options.UsePostgres();
        });

        builder.Services.AddSingleton(services =>
        {
            var database = services.GetRequiredService<IOptions<DatabaseOptions>>().Value;
            var requests = services.GetRequiredService<IOptions<RequestsOptions>>().Value;
            var isPooler = services.GetRequiredService<IOptions<PoolerOptions>>().Value.Pooler;
            var settings = ConnectionStringOf(database.Database, requests.Timeout, isPooler);

            // Without a name the metrics carry the connection string as the name of the pool.
            return new NpgsqlDataSourceBuilder(settings) { Name = "app" }.Build();
        });

        builder.Services.AddScoped<IAppDbContext>(services => services.GetRequiredService<AppDbContext>());

        builder.Services.AddSingleton<DatabaseReadiness>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseReadiness>("database", timeout: ProbeTimeout);
    }

    /// <param name="connectionString">Null: the registered NpgsqlDataSource, which has the pool of the app.</param>
    public static void UsePostgres(this DbContextOptionsBuilder options, string? connectionString = null) =>
        options
            .UseNpgsql(connectionString, npgsql => npgsql.ExecutionStrategy(retries => new BriefRetries(retries)))
            .UseSnakeCaseNamingConvention();

    // Environment.SetEnvironmentVariable changes a copy, which native code does not see.
    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi)]
    private static extern int SetVariable(string name, string value, int overwrite);

    // Npgsql cancels a command after its timeout. PostgreSQL has timeouts too, for an instance that died before that.
    // Values in the connection string win.
    private static string ConnectionStringOf(string connectionString, TimeSpan requestTimeout, bool isPooler)
    {
        var settings = new NpgsqlConnectionStringBuilder(
            $"Maximum Pool Size={MaxConnections};{ClientTimeouts};{connectionString}");
        if (isPooler)
        {
            // A pooler refuses Options; there the role has the timeouts. Each transaction may use another connection of
            // the server, where Npgsql would reset the session of another client, and miss its prepared statements.
            (settings.Options, settings.NoResetOnClose, settings.MaxAutoPrepare) = (null, true, 0);
            return settings.ConnectionString;
        }

        var milliseconds = (int)requestTimeout.TotalMilliseconds;
        settings.Options = $"-c lock_timeout={LockTimeout} -c statement_timeout={milliseconds} "
            + $"-c idle_in_transaction_session_timeout={milliseconds} {settings.Options}";

        return settings.ConnectionString;
    }
}

/// <summary>For <c>dotnet ef</c>: PostgreSQL, for which the migrations are, but never a server.</summary>
internal sealed class DesignTimeDbContext : DbConnectionInterceptor, IDesignTimeDbContextFactory<AppDbContext>
{
    public AppDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres("Host=localhost");
        options.AddInterceptors(this).ConfigureWarnings(events => events.Ignore(RelationalEventId.ConnectionError));

        return new AppDbContext(options.Options);
    }

    public override InterceptionResult ConnectionOpening(
        DbConnection connection, ConnectionEventData data, InterceptionResult result) => throw new NoServer();

    private sealed class NoServer() : Exception(
        "dotnet ef uses no database; dotnet run --project src -- migrate applies the migrations to the configured one.")
    {
        // dotnet ef prints it before the message: a page of stack trace.
        public override string ToString() => "";
    }
}

/// <summary>
/// Retries after a deadlock, a serialization failure or a broken connection. Not after a timeout, of a command, of a
/// lock or of a name server: the client has waited long enough.
/// </summary>
internal sealed class BriefRetries(ExecutionStrategyDependencies dependencies)
    : NpgsqlRetryingExecutionStrategy(dependencies, maxRetryCount: 3, TimeSpan.FromSeconds(0.2), errorCodesToAdd: null)
{
    protected override bool ShouldRetryOn(Exception? exception) =>
        exception is not TimeoutException
        && exception?.InnerException is not TimeoutException
        && exception?.InnerException is not SocketException { SocketErrorCode: HostNotFound or TryAgain }
        && exception is not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable }
        && base.ShouldRetryOn(exception);
}
