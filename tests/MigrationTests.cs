using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>The migrations of a generated project.</summary>
public sealed class MigrationTests(Template template)
{
    private const string Migrations = "src/Infrastructure/Database/Migrations";

    // A step, and what squawk calls it.
    private static readonly (string Rule, string Sql)[] Dangerous =
    [
        ("ban-drop-column", "ALTER TABLE users DROP COLUMN link_mailed_at;"),
        ("ban-drop-table", "DROP TABLE sessions;"),
        ("renaming-column", "ALTER TABLE users RENAME COLUMN email TO mail;"),
        ("renaming-table", "ALTER TABLE users RENAME TO people;"),
        ("changing-column-type", "ALTER TABLE users ALTER COLUMN email TYPE text;"),
        ("adding-not-nullable-field", "ALTER TABLE users ALTER COLUMN security_stamp SET NOT NULL;"),
        ("ban-drop-not-null", "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;"),
        ("adding-required-field", "ALTER TABLE users ADD COLUMN a integer NOT NULL;"),
        ("adding-field-with-default", "ALTER TABLE users ADD COLUMN b uuid DEFAULT gen_random_uuid();"),
        ("constraint-missing-not-valid", "ALTER TABLE users ADD CONSTRAINT c CHECK (a > 0);"),
        ("disallowed-unique-constraint", "ALTER TABLE users ADD CONSTRAINT d UNIQUE (a);"),
        ("adding-foreign-key-constraint", "ALTER TABLE a ADD CONSTRAINT e FOREIGN KEY (b) REFERENCES users (id);"),
        ("require-concurrent-index-creation", "CREATE INDEX f ON users (a);"),
        ("require-concurrent-index-deletion", "DROP INDEX g;"),
        ("ban-truncate-cascade", "TRUNCATE users CASCADE;"),
        ("adding-serial-primary-key-field", "ALTER TABLE users ADD COLUMN h integer PRIMARY KEY;"),
        ("ban-char-field", "ALTER TABLE users ADD COLUMN i char(3);"),
    ];

    [Fact]
    public async Task A_migrate_that_is_killed_at_any_moment_is_finished_by_the_next_one()
    {
        Assert.SkipUnless(Postgres.IsAvailable, Postgres.Missing);
        var project = await template.Default();
        var database = await Postgres.CreateDatabase();
        var release = Release.Current(project, database);
        foreach (var milliseconds in new[] { 600, 900, 1_100, 1_300, 1_500 })
        {
            using var migrating = release.StartMigrating();
            await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
            migrating.Kill();
            await migrating.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Contains("The database is up to date", await release.Migrate());
        await using (await release.Start())
        {
        }

        await Postgres.DropDatabase(database);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_command_that_CI_runs_finds_dangerous_steps_and_allows_them_with_a_reason()
    {
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        var project = await template.GenerateIn("dangerous", "Acme.Shop", "--sample", "false");
        await Git(project, "init", "--quiet");
        await Git(project, "add", "--all");
        await Git(project, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "Start");
        var sql = string.Join("\n", Dangerous.Select(step => step.Sql));

        AddMigration(project, sql);
        var found = await Check(project, succeeds: false);
        Assert.All(Dangerous, step => Assert.Contains($"docs/{step.Rule}", found));
        Assert.Contains("squawk has findings", found);

        // The last rule is one of MigrationRules.cs, which squawk does not know.
        var reasons = Dangerous.Select(step => step.Rule).Append("update-in-batches")
            .Select(rule => $"-- No release since 1.4 reads it.\n-- squawk-ignore-file {rule}\n");
        AddMigration(project, string.Join('\n', [.. reasons, sql]));
        Assert.Contains("Linting: 99990101000000_Dangerous", await Check(project, succeeds: true));
        Assert.Contains(Dangerous[0].Sql, project.Read("summary.md"));

        Replace(project, "src/Domain/User.cs", "public List<string> Roles", "public int A { get; set; }\n    $0");
        Assert.Contains("the model has changed, and a migration is missing", await Check(project, succeeds: false));

        var initial = project.Files().Single(file => file.EndsWith("_Initial.cs"));
        Replace(project, initial, "AddColumn|CreateTable", "$0 ");
        Assert.Contains("so add a new one instead: ", await Check(project, succeeds: false));

        await Git(project, "checkout", "--quiet", initial);
        await Git(project, "mv", initial, initial.Replace("_Initial", "_First"));
        Assert.Contains("so add a new one instead: ", await Check(project, succeeds: false));
    }

    private static void AddMigration(Project project, string sql) => File.WriteAllText(
        Path.Combine(project.Folder, Migrations, "99990101000000_Dangerous.cs"),
        """"
        using Microsoft.EntityFrameworkCore.Infrastructure;
        using Microsoft.EntityFrameworkCore.Migrations;

        namespace Acme.Shop.Infrastructure.Database.Migrations;

        [DbContext(typeof(AppDbContext))]
        [Migration("99990101000000_Dangerous")]
        public sealed class Dangerous : Migration
        {
            protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        {sql}
        """);
        }
        """".Replace("{sql}", sql));

    private static void Replace(Project project, string file, string pattern, string replacement) => File.WriteAllText(
        Path.Combine(project.Folder, file), Regex.Replace(project.Read(file), pattern, replacement));

    private static async Task<string> Check(Project project, bool succeeds)
    {
        var check = $"scripts/check-migrations.sh HEAD; [ $? -eq {(succeeds ? 0 : 1)} ]";
        var environment = new Dictionary<string, string?>
        {
            ["GITHUB_STEP_SUMMARY"] = Path.Combine(project.Folder, "summary.md"),
        };

        return await Cli.Run(project.Folder, environment, "sh", "-c", check);
    }

    private static Task Git(Project project, params string[] args) => Cli.Run(project.Folder, [], "git", args);
}
