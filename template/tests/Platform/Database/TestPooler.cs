using System.Diagnostics;
using Npgsql;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Database;

/// <summary>
/// PgBouncer in transaction mode in front of the PostgreSQL server of the tests. All else is as it comes: it refuses
/// start-up options.
/// </summary>
internal sealed class TestPooler : IAsyncDisposable
{
    // Debian has it in a folder that is on the PATH of root only.
    private static readonly string? Program = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin"
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "pgbouncer"))
        .FirstOrDefault(File.Exists);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("pooler-");
    private readonly int port = Ports.Free();
    private readonly Process process;

    private TestPooler(string database)
    {
        var server = new NpgsqlConnectionStringBuilder(database);
        var users = Path.Combine(folder.FullName, "users");
        var settings = Path.Combine(folder.FullName, "pgbouncer.ini");
        File.WriteAllText(users, $"\"{server.Username}\" \"{server.Password}\"\n");
        // Fewer connections of the server than the apps have of the pooler: every one is used by all.
        File.WriteAllText(settings, $"""
            [databases]
            * = host={server.Host} port={server.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {users}
            pool_mode = transaction
            default_pool_size = 4

            """);
        string[] user = [];
        if (!OperatingSystem.IsWindows() && Environment.UserName == "root")
        {
            // It refuses to run as root.
            user = ["--user", "postgres"];
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        }

        process = Process.Start(new ProcessStartInfo(Program ?? "pgbouncer", [.. user, "--quiet", settings])
        {
            RedirectStandardError = true,
        })!;
        process.BeginErrorReadLine();
    }

    /// <summary>Whether pgbouncer is installed. In CI on Linux it has to be.</summary>
    public static bool IsAvailable { get; } =
        (Environment.GetEnvironmentVariable("CI") is { Length: > 0 } && OperatingSystem.IsLinux())
        || Program is not null;

    /// <param name="database">A connection string of the server.</param>
    public static async Task<TestPooler> InFrontOf(string database)
    {
        var pooler = new TestPooler(database);
        await Eventual.Happens(() => Ports.IsListening(pooler.port));

        return pooler;
    }

    /// <summary>The same database through the pooler.</summary>
    public string To(string database) =>
        new NpgsqlConnectionStringBuilder(database) { Host = "127.0.0.1", Port = port }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        folder.Delete(recursive: true);
    }
}
