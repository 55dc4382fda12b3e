using Microsoft.EntityFrameworkCore;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

public sealed class MigrationTests
{
    [Fact]
    public void The_migrations_create_the_model()
    {
        using var db = Context("Host=localhost");

        Assert.False(
            db.Database.HasPendingModelChanges(),
            "The model has changed, and a migration is missing: README.md says how to add one.");
    }

    [PostgresFact]
    public async Task Several_migrators_at_once_apply_each_migration_once()
    {
        var database = await TestPostgres.CreateDatabase();

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Migrate(database)));

        Assert.All(results, result => Assert.True(result.ExitCode == 0, string.Join('\n', result.Output)));
        await using (var db = Context(database))
        {
            Assert.Equal(db.Database.GetMigrations(), await db.Database.GetAppliedMigrationsAsync(Scenarios.Ct));
        }

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
