using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Testcontainers.PostgreSql;

namespace ProdReady.Tests.Support;

/// <summary>
/// The PostgreSQL server of the tests: the one in TEST_POSTGRES (the connection string of a user who may create
/// databases), else one in Docker, else none.
/// </summary>
internal static class TestPostgres
{
    private const int TestTimeout = 30;

    private static readonly Lazy<string?> Server = new(Find);
    private static readonly ConcurrentDictionary<string, bool> Made = new();

    // Migrated once: CREATE DATABASE … TEMPLATE takes a fifth of the time of the migrations.
    private static readonly Lazy<Task<string>> Migrated = new(async () =>
    {
        var template = await CreateDatabase();
        await App.Migrate(template);
        // The SQL of a migration of the next release: while a release is deployed, the one before runs on its schema.
        if (Environment.GetEnvironmentVariable("TEST_NEXT_MIGRATION") is { Length: > 0 } file)
        {
            await Execute(await File.ReadAllTextAsync(file), template);
        }

        // CREATE DATABASE … TEMPLATE refuses a template that has open connections.
        NpgsqlConnection.ClearPool(new NpgsqlConnection(template));

        return template;
    });

    public static bool IsAvailable => Server.Value is not null;

    /// <returns>The connection string of a new, empty database.</returns>
    public static Task<string> CreateDatabase() => CreateDatabase("");

    /// <returns>The connection string of a new database with all tables in it.</returns>
    public static async Task<string> CreateMigratedDatabase() =>
        await CreateDatabase($"TEMPLATE {DatabaseOf(await Migrated.Value)}");

    /// <summary>The connection string without the timeouts of the tests, so the app uses its own.</summary>
    public static string WithoutTimeouts(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings.Remove(nameof(settings.Timeout));
        settings.Remove("Command Timeout");
        settings.Remove(nameof(settings.Options));

        return settings.ConnectionString;
    }

    /// <summary>At the end of the run: drops the template database and those that tests have left.</summary>
    public static async Task DropDatabases()
    {
        foreach (var connectionString in Made.Keys)
        {
            await DropDatabase(connectionString);
        }
    }

    public static async Task DropDatabase(string connectionString)
    {
        Made.TryRemove(connectionString, out _);
        var database = DatabaseOf(connectionString);
        await Eventual.Happens(async () =>
        {
            try
            {
                await Execute($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");

                return true;
            }
            catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // Autovacuum runs in it, which only a superuser may terminate. It ends soon.
                return false;
            }
        });
    }

    /// <param name="options">Of CREATE DATABASE.</param>
    public static async Task<string> CreateDatabase(string options)
    {
        var database = $"test_{Guid.NewGuid():N}";
        await Execute($"CREATE DATABASE {database} {options}");

        // Many apps run at the same time, and max_connections is 100.
        var connectionString = new NpgsqlConnectionStringBuilder(Server.Value)
        {
            Database = database,
            MaxPoolSize = 8,
            ConnectionIdleLifetime = 5,
            ConnectionPruningInterval = 1,
            // The app's own timeouts are too short for a machine that runs many tests at the same time.
            Timeout = TestTimeout,
            CommandTimeout = TestTimeout,
            // The same for row locks. Commits do not wait for the disk: no test needs its data after a loss of power.
            Options = $"-c lock_timeout={TestTimeout}s -c synchronous_commit=off",
        }.ConnectionString;
        Made[connectionString] = true;

        return connectionString;
    }

    private static string? DatabaseOf(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString).Database;

    /// <summary>Runs SQL on the server; without a database, in another one than those of the tests.</summary>
    public static async Task Execute(string sql, string? database = null)
    {
        await using var server = NpgsqlDataSource.Create(database ?? Server.Value!);
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static string? Find()
    {
        var configured = Environment.GetEnvironmentVariable("TEST_POSTGRES");
        if (!string.IsNullOrEmpty(configured))
        {
            var server = new NpgsqlConnectionStringBuilder(configured);
            server.Database ??= "postgres";

            return server.ConnectionString;
        }

        if (!DockerAnswers())
        {
            return null;
        }

        var container = new PostgreSqlBuilder("postgres:18.6").Build();
        container.StartAsync().GetAwaiter().GetResult();

        return container.GetConnectionString();
    }

    // The docker command may exist without a running engine, and an engine may run Windows containers.
    private static bool DockerAnswers()
    {
        try
        {
            using var docker = Process.Start(new ProcessStartInfo("docker", "version --format {{.Server.Os}}")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;

            if (docker.WaitForExit(TimeSpan.FromSeconds(3)))
            {
                return docker.ExitCode == 0 && docker.StandardOutput.ReadToEnd().Trim() == "linux";
            }

            docker.Kill();

            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // docker is not installed.
            return false;
        }
    }
}
