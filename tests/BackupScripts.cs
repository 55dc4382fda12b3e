using System.Diagnostics;
using System.Security.Cryptography;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// A repository, a folder of files and a database, with the scripts of deploy/backup between them. The scripts run from
/// the template itself: no option and no name changes them.
/// </summary>
internal sealed class BackupScripts : IDisposable
{
    public const string Missing = "Needs root, and Debian's packages postgresql and restic.";
    public const string Password = "repository-must-not-be-logged";

    public static readonly string Scripts = Path.Combine(Template.Repository, "template", "deploy", "backup");

    private readonly string folder = Directory.CreateTempSubdirectory("backup-").FullName;

    public BackupScripts(PostgresServer server, string database)
    {
        Server = server;
        Database = database;
        foreach (var path in new[] { Uploads, Metrics, In("tmp") })
        {
            Directory.CreateDirectory(path);
        }

        Settings = new(server.Variables)
        {
            ["PGDATABASE"] = database,
            ["RESTIC_REPOSITORY"] = Repository,
            ["RESTIC_PASSWORD"] = Password,
            ["RESTIC_CACHE_DIR"] = In("cache"),
            ["AWS_ACCESS_KEY_ID"] = "app",
            ["AWS_SECRET_ACCESS_KEY"] = "secret-must-not-be-logged",
            ["UPLOADS_DIR"] = Uploads,
            ["METRICS_DIR"] = Metrics,
            ["TMPDIR"] = In("tmp"),
            ["TZ"] = "UTC",
        };
    }

    public static bool IsMissing { get; } = !OperatingSystem.IsLinux()
        || !Environment.IsPrivilegedProcess
        || PostgresServer.Installed is null
        || !File.Exists("/usr/bin/restic");

    public PostgresServer Server { get; }

    public string Database { get; }

    public Dictionary<string, string?> Settings { get; }

    public string Repository => In("repository");

    public string Uploads => In("uploads");

    public string Metrics => In("metrics");

    /// <summary>A new database with a table of files, and the scripts around it.</summary>
    public static async Task<BackupScripts> WithFiles(PostgresServer server, int files = 20)
    {
        var database = $"app_{Guid.NewGuid():N}";
        await server.Execute("postgres", $"CREATE DATABASE {database}");
        await server.Execute(database, """
            CREATE TABLE documents (id uuid PRIMARY KEY, sha256 text NOT NULL);
            CREATE TABLE outbox_emails (id int PRIMARY KEY, failed_at timestamptz);
            INSERT INTO outbox_emails VALUES (1, NULL), (2, '2026-01-01Z');
            CREATE TABLE rows AS SELECT n, repeat(md5(n::text), 30) AS text FROM generate_series(1, 5000) AS n;
            """);
        var scripts = new BackupScripts(server, database);
        for (var i = 0; i < files; i++)
        {
            await scripts.AddFile();
        }

        return scripts;
    }

    public string Metric() => File.ReadAllText(Path.Combine(Metrics, "backup.prom"));

    public string In(string name) => Path.Combine(folder, name);

    public async Task AddFile()
    {
        var (id, content) = ($"{Guid.NewGuid():N}", RandomNumberGenerator.GetBytes(5000));
        var parent = Directory.CreateDirectory(Path.Combine(Uploads, "documents", id[^2..]));
        await File.WriteAllBytesAsync(Path.Combine(parent.FullName, id), content);
        await Server.Execute(
            Database, $"INSERT INTO documents VALUES ('{id}', '{Convert.ToHexStringLower(SHA256.HashData(content))}')");
    }

    public Process Start(string script, Dictionary<string, string?>? settings = null, params string[] args)
    {
        var all = new Dictionary<string, string?>(Settings);
        foreach (var (key, value) in settings ?? [])
        {
            all[key] = value;
        }

        return Cli.Start(folder, all, Path.Combine(Scripts, script), args);
    }

    public async Task<Ended> Run(string script, Dictionary<string, string?>? settings = null, params string[] args)
    {
        using var process = Start(script, settings, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        return new Ended(process.ExitCode, await output, await errors);
    }

    /// <summary>Runs restic itself, on the same repository.</summary>
    public Task<string> Restic(params string[] args) => Cli.Run(folder, Settings, "restic", args);

    /// <summary>Restores into a new database and a new folder.</summary>
    public async Task<Ended> RestoreElsewhere(params string[] args)
    {
        var database = $"restored_{Guid.NewGuid():N}";
        await Server.Execute("postgres", $"CREATE DATABASE {database}");
        Dictionary<string, string?> elsewhere = new() { ["PGDATABASE"] = database, ["UPLOADS_DIR"] = In(database) };

        return await Run("restore.sh", elsewhere, args) with { Database = database };
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    internal sealed record Ended(int Code, string Output, string Errors)
    {
        public string Database { get; init; } = "";

        public void Succeeded() => Assert.True(Code == 0, Output + Errors);

        public void Failed(string because)
        {
            Assert.NotEqual(0, Code);
            Assert.Contains(because, Assert.Single(Errors.TrimEnd('\n').Split('\n')));
            Assert.DoesNotContain("must-not-be-logged", Output + Errors);
        }
    }
}
