using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;
using Serilog.Events;
using static ProdReady.Tests.Platform.Database.SlowDatabase;

namespace ProdReady.Tests.Platform.Database;

public sealed class MigrationTests
{
    [Fact]
    public void The_migrations_create_the_model()
    {
        using var db = Context("Host=localhost");

        Assert.False(
            db.Database.HasPendingModelChanges(),
            "The model has changed, and a migration is missing: docs/migrations.md says how to add one.");
    }

    [Fact]
    public void The_tools_of_EF_open_no_database_and_name_the_command_that_does()
    {
        using var db = new DesignTimeDbContext().CreateDbContext([]);

        var refused = Assert.ThrowsAny<Exception>(db.Database.Migrate);

        Assert.Contains("dotnet run --project src -- migrate", refused.Message);
        Assert.DoesNotContain('\n', $"{refused}{refused.Message}");
    }

    [PostgresFact]
    public async Task Several_migrators_at_once_apply_each_migration_once()
    {
        var empty = await TestPostgres.CreateDatabase();
        var older = await TestPostgres.CreateDatabase();
        await using (var db = Context(older))
        {
            await db.Database.MigrateAsync(
                db.Database.GetMigrations().SkipLast(1).LastOrDefault() ?? Migration.InitialDatabase, Scenarios.Ct);
        }

        var results = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(migrator => Migrate(migrator % 2 == 0 ? empty : older)));

        Assert.All(results, result => Assert.True(result.ExitCode == 0, string.Join('\n', result.Output)));
        foreach (var database in new[] { empty, older })
        {
            await using (var db = Context(database))
            {
                Assert.Equal(db.Database.GetMigrations(), await db.Database.GetAppliedMigrationsAsync(Scenarios.Ct));
            }

            await TestPostgres.DropDatabase(database);
        }
    }

    [PostgresFact]
    public async Task A_migrate_that_waits_for_another_one_says_so_once()
    {
        var database = await TestPostgres.CreateDatabase();
        await using var other = await Open(database);
        await Execute(other, "SELECT pg_advisory_lock(5080000001)");

        var migrating = Migrate(database);
        // In two parts, or a connection that has counted before would find itself.
        await Eventual.Happens(async () => await Count(database, "query LIKE '%pg_try_advisory' || '_lock%'") > 0);
        await Task.Delay(TimeSpan.FromSeconds(2), Scenarios.Ct);
        Assert.False(migrating.IsCompleted);
        await Execute(other, "SELECT pg_advisory_unlock(5080000001)");
        var (exitCode, output, _) = await migrating;

        Assert.True(exitCode == 0, string.Join('\n', output));
        Assert.Single(output, line => line.Contains("Another migrate is running"));
        await TestPostgres.DropDatabase(database);
    }

    [PostgresFact]
    public async Task A_migration_waits_for_a_lock_only_briefly_and_tries_again()
    {
        var database = await TestPostgres.CreateDatabase();
        await using var app = await Open(database);
        await Execute(app, """CREATE TABLE "__EFMigrationsHistory" (migration_id text, product_version text)""");
        await Execute(app, """BEGIN; SELECT FROM "__EFMigrationsHistory" """);

        var migrating = Migrate(database);
        await Eventual.Happens(async () => await CountWaiting(database) > 0);
        await Eventual.Happens(async () => await CountWaiting(database) == 0);
        Assert.False(migrating.IsCompleted);
        await Execute(app, "COMMIT");
        var (exitCode, output, _) = await migrating;

        Assert.True(exitCode == 0, string.Join('\n', output));
        Assert.Contains(output, line => line.Contains("holds a lock; attempt 1 of"));
        await TestPostgres.DropDatabase(database);
    }

    [PostgresFact]
    public async Task A_migration_that_fails_is_one_clear_line_and_changes_nothing()
    {
        var database = await TestPostgres.CreateDatabase();
        await using var connection = await Open(database);
        await Execute(connection, "CREATE TABLE users (id text)");

        var (exitCode, output, errors) = await Migrate(database);

        Assert.Equal(1, exitCode);
        var line = Assert.Single(output, line => line.Contains("The migrations were not applied: "));
        Assert.Contains("already exists", line);
        Assert.Empty(errors);
        await using (var db = Context(database))
        {
            Assert.Empty(await db.Database.GetAppliedMigrationsAsync(Scenarios.Ct));
        }

        await TestPostgres.DropDatabase(database);
    }

    [PostgresFact]
    public async Task A_running_migration_leaves_the_app_ready()
    {
        await using var app = await new App().Started();
        using var client = app.CreateClient();
        await Eventual.Happens(async () => (await client.Get("/health/ready")).IsSuccessStatusCode);
        await using var migrator = await Open(app.ConnectionString);
        await Execute(migrator, """BEGIN; LOCK TABLE "__EFMigrationsHistory" """);
        // Longer than the answer of a probe is kept.
        await Task.Delay(TimeSpan.FromSeconds(1.5), Scenarios.Ct);

        Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/ready")).StatusCode);
    }

    [PostgresFact]
    public async Task A_schema_that_is_newer_than_the_app_is_ready()
    {
        var database = await TestPostgres.CreateMigratedDatabase();
        await using var connection = await Open(database);
        await Execute(connection, """INSERT INTO "__EFMigrationsHistory" VALUES ('99991231000000_Newer', '10.0.0')""");
        await using (var app = await new App { ["ConnectionStrings:Database"] = database }.Started())
        {
            using var client = app.CreateClient();

            await Eventual.Happens(async () => (await client.Get("/health/ready")).IsSuccessStatusCode);
        }

        Assert.Equal(0, (await Migrate(database)).ExitCode);
        await TestPostgres.DropDatabase(database);
    }

    [PostgresFact]
    public async Task Pending_migrations_are_named_in_the_log_at_the_start()
    {
        var database = await TestPostgres.CreateDatabase();
        await using (var app = await new App { ["ConnectionStrings:Database"] = database }.Started())
        {
            using var db = Context(database);

            await Eventual.Happens(() => app.Log.Lines.Any(line => line.RenderMessage().Contains("Not ready")));

            var warning = app.Log.Lines.First(line => line.RenderMessage().Contains("Not ready"));
            Assert.Equal(LogEventLevel.Warning, warning.Level);
            Assert.All(db.Database.GetMigrations(), name => Assert.Contains(name, warning.RenderMessage()));
            Assert.Contains("-- migrate", warning.RenderMessage());
        }

        await TestPostgres.DropDatabase(database);
    }

    [Fact]
    public async Task A_migrator_that_cannot_reach_the_database_fails_with_one_line()
    {
        var (exitCode, output, errors) = await Migrate(Apps.DatabaseThatIsAway);

        Assert.Equal(1, exitCode);
        Assert.Contains("The migrations were not applied", Assert.Single(output));
        Assert.Empty(errors);
    }

    private static AppDbContext Context(string connectionString)
    {
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres(connectionString);

        return new AppDbContext(options.Options);
    }

    private static Task<(int ExitCode, string[] Output, string[] Errors)> Migrate(string database) =>
        AppProcess.Run(new Dictionary<string, string> { ["ConnectionStrings:Database"] = database }, ["migrate"]);
}
