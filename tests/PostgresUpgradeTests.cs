namespace ProdReadyTemplate.Tests;

/// <summary>The steps of docs/runbooks/postgresql-upgrade.md, from Debian's PostgreSQL to a newer one.</summary>
public sealed class PostgresUpgradeTests(Template template)
{
    [Fact]
    public async Task Everything_is_on_the_new_server_and_the_files_have_stayed_where_they_are()
    {
        Assert.SkipWhen(BackupScripts.IsMissing, BackupScripts.Missing);
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        var project = await template.Default();
        Assert.Contains(
            "-e UPLOADS_DIR= backup restore.sh --keep-mails", project.Read("docs/runbooks/postgresql-upgrade.md"));
        await using var before = await PostgresServer.Start();
        await using var after = await NewerPostgres.Start();
        using var scripts = new BackupScripts(before, "app");
        var (user, file) = (new Visitor(Mailboxes.FolderOf(project)), "");
        await CreateRoles(project, before);
        await project.WhileRunning(
            async client =>
            {
                await user.SignUp(client);
                file = await user.Upload(client, await user.OpenTicket(client));
            },
            Settings(before, scripts));
        await before.Execute("app", """
            INSERT INTO outbox_emails (id, recipient, payload, priority, created_at, attempts, next_attempt_at)
            VALUES (gen_random_uuid(), 'waits@example.com', '-', 0, now(), 0, now() + interval '1 day')
            """);

        (await scripts.Run("backup.sh")).Succeeded();
        await CreateRoles(project, after);
        var variables = new Dictionary<string, string?>(after.Variables) { ["UPLOADS_DIR"] = "" };
        (await scripts.Run("restore.sh", variables, "--keep-mails")).Succeeded();

        const string version = "SHOW server_version";
        Assert.NotEqual(await before.Query("app", version), await after.Query("app", version));
        const string waiting = "SELECT recipient FROM outbox_emails WHERE failed_at IS NULL";
        Assert.Equal(["waits@example.com"], await after.Query("app", waiting));
        await before.Stop();
        await project.WhileRunning(
            async client =>
            {
                await user.DownloadIsIntact(client, file);
                await user.OpenTicket(client);
            },
            Settings(after, scripts));
    }

    private static Task CreateRoles(Project project, PostgresServer server) => Cli.Run(
        project.Folder,
        new(server.Variables)
        {
            ["PGDATABASE"] = "postgres",
            ["APP_PASSWORD"] = "for-the-app",
            ["MIGRATIONS_PASSWORD"] = "for-migrate",
        },
        "sh",
        "deploy/create-roles.sh");

    private static Dictionary<string, string?> Settings(PostgresServer server, BackupScripts scripts) => new()
    {
        ["ConnectionStrings__Database"] = server.ConnectionString("app", "app", "for-the-app"),
        ["ConnectionStrings__Migrations"] = server.ConnectionString("app", "app_migrations", "for-migrate"),
        ["Uploads__Directory"] = scripts.Uploads,
        ["PwnedPasswords__Enabled"] = "false",
    };
}
