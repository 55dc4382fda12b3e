using System.Security.Cryptography;
using Npgsql;

namespace ProdReadyTemplate.Tests;

/// <summary>The worst day: server, roles and files are gone. All of it comes back from the repository.</summary>
public sealed class RestoreTests(Template template)
{
    private const string Rows = """
        SELECT tablename || ' ' || (xpath('/row/f/text()', query_to_xml(format(
          'SELECT count(*) || md5(string_agg(md5(t::text), '''' ORDER BY md5(t::text))) AS f FROM %I AS t', tablename),
          false, true, '')))[1]
        FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'outbox_emails' ORDER BY tablename
        """;

    [Fact]
    public async Task Everything_comes_back_on_a_blank_server_with_new_roles()
    {
        Assert.SkipWhen(BackupScripts.IsMissing, BackupScripts.Missing);
        var project = await template.Default();
        await using var lost = await PostgresServer.Start();
        using var scripts = new BackupScripts(lost, "app");
        await CreateRoles(project, lost, "first");
        var mailbox = Mailboxes.FolderOf(project);
        var (user, file, resetToken) = (new Visitor(mailbox), "", "");

        await project.WhileRunning(
            async client =>
            {
                await user.SignUp(client);
                file = await user.Upload(client, await user.OpenTicket(client));
                await Fill(scripts);
                await BackUpWhileClientsWriteAndDelete(client, mailbox, scripts);
                resetToken = await user.AskForReset(client);
            },
            Settings(lost, scripts, "first"));
        await lost.Execute("app", """
            INSERT INTO outbox_emails (id, recipient, payload, priority, created_at, attempts, next_attempt_at)
            VALUES (gen_random_uuid(), 'waits@example.com', '-', 0, now(), 0, now())
            """);
        var rows = await lost.Query("app", Rows);

        // With a role that can only read, as for a managed database.
        await lost.Execute("postgres", "CREATE ROLE reader LOGIN PASSWORD 'reader' IN ROLE pg_read_all_data");
        await lost.Execute("postgres", "GRANT CONNECT ON DATABASE app TO reader");
        (await scripts.Run("backup.sh", new() { ["PGUSER"] = "reader", ["PGPASSWORD"] = "reader" })).Succeeded();
        var verified = await scripts.Run("verify.sh", Production(project));
        verified.Succeeded();
        Assert.Matches(@"RPO \d+\nRTO \d+\n$", verified.Output);

        await lost.Stop();
        Directory.Delete(scripts.Uploads, recursive: true);
        await using var blank = await PostgresServer.Start();
        await CreateRoles(project, blank, "second");
        var restored = await scripts.Run("restore.sh", blank.Variables);
        restored.Succeeded();
        TestContext.Current.TestOutputHelper!.WriteLine(restored.Output + verified.Output);

        Assert.Equal(rows, await blank.Query("app", Rows));
        Assert.Empty(await blank.Query("app", "SELECT id FROM outbox_emails WHERE failed_at IS NULL"));
        await project.WhileRunning(
            async client =>
            {
                await user.DownloadIsIntact(client, file);
                await new Visitor(mailbox, "user-7@example.com").SignIn(client);
                await user.Reset(client, resetToken);
                await user.AskForReset(client);
            },
            Settings(blank, scripts, "second"));
        await using var app = new NpgsqlConnection(blank.ConnectionString("app", "app", "second-app"));
        await app.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var refused in new[] { "CREATE TABLE t (n int)", "DELETE FROM \"__EFMigrationsHistory\"" })
        {
            await using var command = new NpgsqlCommand(refused, app);
            var refusal = await Assert.ThrowsAsync<PostgresException>(
                () => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        }
    }

    // verify.sh fails if a row of the snapshot has no file.
    private static async Task BackUpWhileClientsWriteAndDelete(
        HttpClient client, Mailbox mailbox, BackupScripts scripts)
    {
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(1, 20).Select(i => new Visitor(mailbox, $"user-{i}@example.com")).ToList();
        // One after the other: the app checks few passwords at the same time.
        foreach (var writer in writers)
        {
            await writer.SignIn(client);
        }

        var writing = writers.Select(writer => Write(writer, client, stop.Token)).ToList();
        for (var round = 0; round < Rounds; round++)
        {
            (await scripts.Run("backup.sh")).Succeeded();
            (await scripts.Run("verify.sh")).Succeeded();
        }

        await stop.CancelAsync();
        Assert.True((await Task.WhenAll(writing)).All(count => count > 0));
    }

    // Five were run by hand.
    private static int Rounds => int.Parse(Environment.GetEnvironmentVariable("BACKUP_ROUNDS") ?? "1");

    private static async Task<int> Write(Visitor writer, HttpClient client, CancellationToken stop)
    {
        var count = 0;
        while (!stop.IsCancellationRequested)
        {
            var ticket = await writer.OpenTicket(client);
            var kept = await writer.Upload(client, ticket);
            await writer.Delete(client, await writer.Upload(client, ticket));
            await writer.Delete(client, count++ % 2 == 0 ? ticket : kept);
        }

        return count;
    }

    // 200 users, 100,000 tickets and 1,500 files, like those that came through the API.
    private static async Task Fill(BackupScripts scripts)
    {
        await scripts.Server.Execute("app", """
            INSERT INTO users SELECT new.*
              FROM users AS old, generate_series(1, 199) AS n, format('user-%s@example.com', n) AS a,
              jsonb_populate_record(old, jsonb_build_object('id', gen_random_uuid(), 'email', a, 'user_name', a,
                'normalized_email', upper(a), 'normalized_user_name', upper(a))) AS new;
            INSERT INTO tickets SELECT new.* FROM tickets AS old, generate_series(1, 100000) AS n
              JOIN (SELECT id AS owner, row_number() OVER () AS number FROM users) AS owners ON number = n % 200 + 1,
              jsonb_populate_record(old, jsonb_build_object('id', gen_random_uuid(), 'owner_id', owner,
                'description', repeat(md5(n::text), 10))) AS new;
            """);
        var files = Enumerable.Range(0, 1500)
            .Select(_ => (Id: Guid.NewGuid(), Content: RandomNumberGenerator.GetBytes(20_000)))
            .ToList();
        foreach (var (id, content) in files)
        {
            var parent = Directory.CreateDirectory(Path.Combine(scripts.Uploads, "attachments", $"{id:N}"[^2..]));
            await File.WriteAllBytesAsync(Path.Combine(parent.FullName, $"{id:N}"), content);
        }

        var hashes = files.Select(file => $"('{file.Id}', '{Sha256(file.Content)}')");
        await scripts.Server.Execute("app", $"""
            INSERT INTO attachments SELECT new.* FROM (SELECT attachments AS row FROM attachments LIMIT 1) AS old,
              (VALUES {string.Join(',', hashes)}) AS file (id, sha256),
              jsonb_populate_record(old.row, to_jsonb(file)) AS new;
            """);
    }

    private static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static Task CreateRoles(Project project, PostgresServer server, string passwords) => Cli.Run(
        project.Folder,
        new(server.Variables)
        {
            ["PGDATABASE"] = "postgres",
            ["APP_PASSWORD"] = $"{passwords}-app",
            ["MIGRATIONS_PASSWORD"] = $"{passwords}-owner",
        },
        "sh",
        "deploy/create-roles.sh");

    private static Dictionary<string, string?> Settings(PostgresServer server, BackupScripts scripts, string passwords)
    {
        return new()
        {
            ["ConnectionStrings__Database"] = server.ConnectionString("app", "app", $"{passwords}-app"),
            ["ConnectionStrings__Migrations"] = server.ConnectionString("app", "app_migrations", $"{passwords}-owner"),
            ["Uploads__Directory"] = scripts.Uploads,
            // The clients sign in once.
            ["Jwt__AccessTokenLifetime"] = "01:00:00",
            ["PwnedPasswords__Enabled"] = "false",
            ["RateLimits__Api__PermitLimit"] = "100000",
            ["RateLimits__Auth__PermitLimit"] = "1000",
        };
    }

    private static Dictionary<string, string?> Production(Project project) => new()
    {
        ["APP_DLL"] = Path.Combine(project.Folder, "src", "bin", "Debug", "net10.0", "Acme.Shop.dll"),
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{PostgresServer.FreePort()}",
        ["Jwt__SigningKeys__0"] = project.SigningKey,
        ["App__PublicUrl"] = "https://verify.invalid",
        ["AllowedHosts"] = "verify.invalid",
        ["Smtp__Host"] = "verify.invalid",
        ["Smtp__From"] = "noreply@verify.invalid",
    };
}
