using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ProdReadyTemplate.Tests;

/// <summary>A PostgreSQL server of a test's own, which may stop it or throw it away.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The password of the superuser postgres. The tests search logs and command lines for it.</summary>
    public const string Password = "superuser-must-not-be-logged";

    private readonly string programs;
    private readonly string folder = Directory.CreateTempSubdirectory("postgres-").FullName;
    private readonly int port = FreePort();

    private PostgresServer(string programs) => this.programs = programs;

    /// <summary>The folder with the programs of Debian's newest PostgreSQL, or null.</summary>
    public static string? Installed { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Max()
        : null;

    public string Folder => folder;

    /// <summary>The variables of libpq for the superuser.</summary>
    public Dictionary<string, string?> Variables => new()
    {
        ["PGHOST"] = "127.0.0.1",
        ["PGPORT"] = $"{port}",
        ["PGUSER"] = "postgres",
        ["PGPASSWORD"] = Password,
    };

    /// <param name="settings">Lines for postgresql.conf.</param>
    /// <param name="programs">Those of another PostgreSQL; they must be readable by all users.</param>
    public static async Task<PostgresServer> Start(string settings = "", string? programs = null)
    {
        var server = new PostgresServer(programs ?? Installed!);
        await server.Initialize(settings);
        await server.Start();

        return server;
    }

    public Task Start() => AsPostgres("pg_ctl", "--pgdata", "data", "--log", "log", "--wait", "start");

    public Task Stop() => AsPostgres("pg_ctl", "--pgdata", "data", "--mode", "immediate", "--wait", "stop");

    public string ConnectionString(string database, string user = "postgres", string password = Password) =>
        $"Host=127.0.0.1;Port={port};Database={database};Username={user};Password={password};"
        + "Pooling=false;Command Timeout=300";

    public async Task Execute(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(database));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <returns>The first column of all rows, as text.</returns>
    public async Task<List<string>> Query(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(database));
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await reader.ReadAsync())
        {
            values.Add(reader.GetValue(0).ToString()!);
        }

        return values;
    }

    /// <summary>Runs a program in the folder of the server, as the user that the server runs as.</summary>
    public Task<string> AsPostgres(string program, params string[] args)
    {
        Dictionary<string, string?> environment = new()
        {
            ["PATH"] = $"{programs}:/usr/bin:/bin",
            // In place of a file in /etc, which all servers of this machine would share.
            ["PGBACKREST_CONFIG"] = Path.Combine(folder, "pgbackrest.conf"),
        };

        return Cli.Run(folder, environment, "runuser", ["-u", "postgres", "--", program, .. args]);
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(folder, "data", "postmaster.pid")))
        {
            await Stop();
        }

        Directory.Delete(folder, recursive: true);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task Initialize(string settings)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "password"), Password);
        await Cli.Run(folder, [], "chown", "--recursive", "postgres", folder);
        await AsPostgres(
            "initdb", "--pgdata", "data", "--username", "postgres", "--pwfile", "password", "--no-sync",
            "--auth-host", "scram-sha-256", "--auth-local", "peer", "--encoding", "UTF8", "--locale", "C.UTF-8");
        await File.AppendAllTextAsync(
            Path.Combine(folder, "data", "postgresql.conf"),
            $"""

            port = {port}
            listen_addresses = '127.0.0.1'
            unix_socket_directories = '{folder}'
            fsync = off
            {settings}
            """);
    }
}
