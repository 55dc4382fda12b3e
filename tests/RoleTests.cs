using System.Runtime.Versioning;
using Npgsql;

namespace ProdReadyTemplate.Tests;

/// <summary>The two roles that deploy/create-roles.sh creates, by an administrator who is no superuser.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RoleTests(Template template)
{
    [Fact]
    public async Task The_app_works_under_a_role_that_cannot_change_the_schema()
    {
        Assert.SkipUnless(Postgres.IsAvailable, Postgres.Missing);
        Assert.SkipUnless(await Postgres.MayCreateRoles(), "Needs a user in TEST_POSTGRES who may create roles.");
        var project = await template.Default();
        var roles = new Roles();
        await roles.Create(project);
        try
        {
            await Execute(roles.Owner, "CREATE TABLE before_migrate (id integer)");
            var release = Release.Current(project, roles.App);
            release.Settings["ConnectionStrings__Migrations"] = roles.Owner;
            await release.Migrate();
            release.Settings.Remove("ConnectionStrings__Migrations");

            await using (var app = await release.Start())
            {
                await Use(app.Client, project);
            }

            await ShouldBeUnableToChangeTheSchema(roles.App);
            await Execute(roles.Owner, "CREATE TABLE later (id integer GENERATED ALWAYS AS IDENTITY, name text)");
            await Execute(roles.App, """
                INSERT INTO later (name) VALUES ('a'); UPDATE later SET name = 'b'; DELETE FROM later;
                INSERT INTO before_migrate VALUES (1);
                """);

            // A second run changes nothing but the passwords.
            var grants = await Grants(roles.App);
            await roles.Create(project, password: "another ' \"password\" $HOME");
            Assert.Equal(grants, await Grants(roles.App));
        }
        finally
        {
            await roles.Drop();
        }
    }

    // Mails, rate counters and sessions are rows of jobs and guarantees; an upload is the sample's.
    private static async Task Use(HttpClient client, Project project)
    {
        var visitor = new Visitor(Mailboxes.FolderOf(project));
        await visitor.SignUp(client);
        var ticket = await visitor.OpenTicket(client);
        await visitor.Upload(client, ticket);
        Assert.Single((await visitor.Get(client, $"{ticket}/attachments")).EnumerateArray());
        await visitor.Post(client, "account/delete", new { password = Visitor.Password });
    }

    private static async Task ShouldBeUnableToChangeTheSchema(string app)
    {
        foreach (var sql in new[]
        {
            "CREATE TABLE mine (id integer)",
            "CREATE SCHEMA mine",
            "CREATE TEMP TABLE mine (id integer)",
            "TRUNCATE users",
            """INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_Later', '10.0.0')""",
            """DELETE FROM "__EFMigrationsHistory" """,
        })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => Execute(app, sql));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }

        Assert.Equal(0L, await Execute(
            app, "SELECT count(*) FROM pg_class WHERE relowner::regrole::text = quote_ident(current_user)"));
        await Assert.ThrowsAsync<PostgresException>(() => Execute(app, "ALTER TABLE users ADD COLUMN mine integer"));
    }

    private static Task<object?> Grants(string app) => Execute(app, """
        SELECT string_agg(concat(relname, relowner::regrole, relacl), chr(10) ORDER BY relname)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
        """);

    private static async Task<object?> Execute(string database, string sql)
    {
        await using var connection = new NpgsqlConnection($"{database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        return await command.ExecuteScalarAsync();
    }

    private sealed class Roles
    {
        private readonly string name = $"app_{Guid.NewGuid():N}";
        private string appPassword = "it's a \"password\" \\ $HOME";

        public string App => ConnectionString(name, appPassword);

        public string Owner => ConnectionString($"{name}_owner", "must-not-be-logged-either");

        public async Task Create(Project project, string? password = null)
        {
            appPassword = password ?? appPassword;
            var server = new NpgsqlConnectionStringBuilder(Postgres.ConnectionString);
            var output = await Cli.Run(
                project.Folder,
                new()
                {
                    ["PGHOST"] = server.Host,
                    ["PGPORT"] = $"{server.Port}",
                    ["PGUSER"] = server.Username,
                    ["PGPASSWORD"] = server.Password,
                    ["APP_ROLE"] = name,
                    ["APP_PASSWORD"] = appPassword,
                    ["MIGRATIONS_ROLE"] = $"{name}_owner",
                    ["MIGRATIONS_PASSWORD"] = "must-not-be-logged-either",
                    ["APP_DATABASE"] = name,
                },
                Path.Combine(project.Folder, "deploy", "create-roles.sh"));
            Assert.DoesNotContain("must-not-be-logged-either", output);
            Assert.Contains($"{name} may read and write", output);
        }

        public async Task Drop()
        {
            await Postgres.DropDatabase(ConnectionString("", ""));
            await Postgres.Execute($"DROP ROLE IF EXISTS {name}");
            await Postgres.Execute($"DROP ROLE IF EXISTS {name}_owner");
        }

        private string ConnectionString(string user, string password) =>
            new NpgsqlConnectionStringBuilder(Postgres.ConnectionString)
            {
                Database = name,
                Username = user,
                Password = password,
            }.ConnectionString;
    }
}
