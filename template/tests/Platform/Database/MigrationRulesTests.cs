using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Tests.Platform.Database;

public sealed class MigrationRulesTests
{
    [Fact]
    public void Dangerous_steps_have_a_reason()
    {
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres("Host=localhost");
        using var db = new AppDbContext(options.Options);
        var assembly = db.GetService<IMigrationsAssembly>();

        var findings = assembly.Migrations.Values
            .SelectMany(type => MigrationRules.Findings(assembly.CreateMigration(type, db.Database.ProviderName!)))
            .ToList();

        Assert.True(findings.Count == 0, $"docs/migrations.md describes safe steps. {string.Join("; ", findings)}");
    }

    [Theory]
    [InlineData("ban-drop-column", nameof(Steps.DropColumn))]
    [InlineData("ban-drop-table", nameof(Steps.DropTable))]
    [InlineData("renaming-column", nameof(Steps.RenameColumn))]
    [InlineData("renaming-table", nameof(Steps.RenameTable))]
    [InlineData("adding-not-nullable-field", nameof(Steps.Require))]
    [InlineData("concurrent-index-alone", nameof(Steps.ConcurrentIndexWithoutDrop))]
    [InlineData("concurrent-index-alone", nameof(Steps.ConcurrentIndexAndColumn))]
    public void A_dangerous_operation_is_found(string rule, string step)
    {
        Assert.Equal([$"Step: {rule}"], Findings(Steps.Named(step)));
    }

    [Theory]
    [InlineData("update-in-batches", "UPDATE users SET name = ''")]
    [InlineData("update-in-batches", "update\n  users set name = email where name is null")]
    [InlineData("update-in-batches", "SELECT 1; UPDATE users SET name = '';")]
    [InlineData("update-in-batches", "/* quick */ UPDATE users SET name = ''")]
    [InlineData("update-in-batches", "-- quick\nUPDATE users SET name = ''")]
    [InlineData("update-in-batches", "DELETE FROM users")]
    [InlineData("update-in-batches", "DELETE FROM users WHERE created_at < now()")]
    [InlineData("update-in-batches", "TRUNCATE users")]
    [InlineData("update-in-batches", "MERGE INTO users USING people ON true WHEN MATCHED THEN DELETE")]
    [InlineData("update-in-batches", "WITH old AS (DELETE FROM users RETURNING id) SELECT count(*) FROM old")]
    [InlineData("update-in-batches", "WITH old AS (SELECT 1) UPDATE users SET name = ''")]
    [InlineData("do-block", "DO $$ BEGIN UPDATE users SET name = ''; END $$")]
    [InlineData("do-block", "do language plpgsql 'begin end'")]
    [InlineData("concurrent-index-alone", "CREATE INDEX CONCURRENTLY ix ON users (name)")]
    [InlineData("concurrent-index-alone", "create unique index concurrently ix on users (name)")]
    [InlineData("ban-drop-column without a reason", "-- squawk-ignore-file ban-drop-column")]
    [InlineData("ban-drop-column without a reason", "-- ok\n-- squawk-ignore-file ban-drop-column")]
    [InlineData("renaming-table without a reason", "-- A reason above.\n\n-- squawk-ignore-file renaming-table")]
    public void Dangerous_SQL_is_found(string rule, string sql)
    {
        Assert.Equal([$"Step: {rule}"], Findings(up => up.Sql(sql)));
    }

    [Theory]
    [InlineData("ALTER TABLE users ADD COLUMN name text")]
    [InlineData("CREATE TRIGGER t BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f()")]
    [InlineData("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE a SET b = 1; END $$")]
    [InlineData("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c (d) ON UPDATE CASCADE NOT VALID")]
    [InlineData("INSERT INTO kinds VALUES (1) ON CONFLICT DO NOTHING")]
    [InlineData("-- Ten rows, for jobs.\n-- squawk-ignore-file update-in-batches\n\nUPDATE kinds SET a = 1")]
    public void Safe_SQL_and_exceptions_with_a_reason_are_allowed(string sql)
    {
        Assert.Empty(Findings(up => up.Sql(sql)));
    }

    [Theory]
    [InlineData(nameof(Steps.AddColumn))]
    [InlineData(nameof(Steps.ConcurrentIndex))]
    [InlineData(nameof(Steps.DropColumnWithReason))]
    public void Safe_operations_and_exceptions_with_a_reason_are_allowed(string step)
    {
        Assert.Empty(Findings(Steps.Named(step)));
    }

    private static IEnumerable<string> Findings(Action<MigrationBuilder> step) =>
        MigrationRules.Findings(new Step(step));

    private sealed class Step(Action<MigrationBuilder> step) : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder) => step(migrationBuilder);
    }

    private static class Steps
    {
        public static Action<MigrationBuilder> Named(string step) =>
            typeof(Steps).GetMethod(step)!.CreateDelegate<Action<MigrationBuilder>>();

        public static void AddColumn(MigrationBuilder up) => up.AddColumn<string>("name", "users", nullable: true);

        public static void DropColumn(MigrationBuilder up) => up.DropColumn("name", "users");

        public static void DropTable(MigrationBuilder up) => up.DropTable("users");

        public static void RenameColumn(MigrationBuilder up) => up.RenameColumn("name", "users", "title");

        public static void RenameTable(MigrationBuilder up) => up.RenameTable("users", newName: "people");

        public static void Require(MigrationBuilder up) =>
            up.AlterColumn<string>("name", "users", nullable: false, oldNullable: true);

        public static void DropColumnWithReason(MigrationBuilder up)
        {
            up.Sql("-- No release since 1.4 reads it.\n-- squawk-ignore-file ban-drop-column");
            DropColumn(up);
        }

        public static void ConcurrentIndexWithoutDrop(MigrationBuilder up) => Concurrently(up);

        public static void ConcurrentIndexAndColumn(MigrationBuilder up)
        {
            ConcurrentIndex(up);
            AddColumn(up);
        }

        public static void ConcurrentIndex(MigrationBuilder up)
        {
            up.Sql("SET lock_timeout = 0", suppressTransaction: true);
            up.Sql("DROP INDEX CONCURRENTLY IF EXISTS ix_users_name", suppressTransaction: true);
            Concurrently(up);
            up.Sql("RESET lock_timeout", suppressTransaction: true);
        }

        private static void Concurrently(MigrationBuilder up) =>
            up.CreateIndex("ix_users_name", "users", "name").Annotation("Npgsql:CreatedConcurrently", true);
    }
}
