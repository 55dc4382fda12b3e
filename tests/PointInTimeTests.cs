using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>The commands of docs/runbooks/point-in-time.md, on a server of their own.</summary>
public sealed partial class PointInTimeTests
{
    private const string Page = "template/docs/runbooks/point-in-time.md";

    [Fact]
    public async Task The_commands_of_the_page_bring_back_what_was_deleted_by_mistake()
    {
        Assert.SkipWhen(BackupScripts.IsMissing, BackupScripts.Missing);
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "Needs Debian's package pgbackrest.");
        var ct = TestContext.Current.CancellationToken;
        var blocks = Block().Matches(await File.ReadAllTextAsync(Path.Combine(Template.Repository, Page), ct))
            .Select(block => block.Groups["text"].Value)
            .ToList();
        var (configuration, settings, backup, restore) = (blocks[0], blocks[1], blocks[2], blocks[3]);

        await using var server = await PostgresServer.Start(settings);
        var repository = Path.Combine(server.Folder, "repository");
        await server.AsPostgres("mkdir", repository);
        var filled = Fill(configuration)
            .Replace("repo1-path=/var/lib/pgbackrest", $"repo1-path={repository}\nlog-path={repository}");
        await server.AsPostgres("sh", "-c", $"""
            cat >pgbackrest.conf <<'EOF'
            {filled}
            EOF
            """);
        await server.Execute("postgres", "CREATE TABLE rows AS SELECT generate_series(1, 1000) AS n");
        await Run(server, backup);
        await server.Execute("postgres", "INSERT INTO rows SELECT 2000");
        await Task.Delay(1000, ct);
        var target = (await server.Query("postgres", "SELECT now()::text")).Single();
        await Task.Delay(1000, ct);
        await server.Execute("postgres", "DELETE FROM rows");
        await server.Execute("postgres", "SELECT pg_switch_wal()");

        await Run(server, restore.Replace("TARGET", target));

        Assert.Equal(["1001"], await server.Query("postgres", "SELECT count(*) FROM rows"));

        string Fill(string text) => text
            .Replace("PGDATA", Path.Combine(server.Folder, "data"))
            .Replace("PGPORT", server.Variables["PGPORT"])
            .Replace("LOGFILE", Path.Combine(server.Folder, "log"))
            .Replace("PGSOCKET", server.Folder)
            .Replace("CIPHER_PASS", "cipher-of-the-test");

        Task Run(PostgresServer on, string commands) => on.AsPostgres("sh", "-ec", Fill(commands));
    }

    [GeneratedRegex(@"```(ini|sh)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
