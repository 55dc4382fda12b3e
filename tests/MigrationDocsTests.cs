using System.Text.RegularExpressions;
using Npgsql;

namespace ProdReadyTemplate.Tests;

/// <summary>The example in docs/migrations.md of a generated project, while releases of it serve.</summary>
public sealed partial class MigrationDocsTests(Template template)
{
    private const string Migrations = "src/Infrastructure/Database/Migrations";

    // A migrate that waited for it would block every request for so long.
    private static readonly TimeSpan LongTransaction = TimeSpan.FromSeconds(12);

    [Fact]
    public async Task A_column_is_renamed_in_the_five_steps_of_the_docs_and_no_request_fails()
    {
        Assert.SkipUnless(Postgres.IsAvailable, Postgres.Missing);
        var database = await Postgres.CreateDatabase();
        var project = await template.GenerateIn("renamed", "Acme.Shop", "--sample", "false");
        var steps = Step().Matches(project.Read("docs/migrations.md")).Select(step => step.Value).ToList();
        Assert.Equal(5, steps.Count);
        await Cli.Dotnet(project.Folder, "tool", "restore");
        await Cli.Dotnet(project.Folder, "build", "src");
        var old = Release.Keep(project, "old", database);
        await Add(project, steps[0]);
        var expanding = Release.Keep(project, "expanding", database);
        Configure(project, steps[2]);
        await Add(project, steps[2]);
        var renamed = Release.Keep(project, "renamed", database);
        await Add(project, steps[4]);
        var contracting = Release.Keep(project, "contracting", database);

        await old.Migrate();
        var mails = Mailboxes.FolderOf(project);
        await using (var before = await old.Start())
        {
            var (reader, oldWriter, newWriter) = (new Visitor(mails), new Visitor(mails), new Visitor(mails));
            await reader.SignUp(before.Client);
            await AddUsers(database);

            // 1 to 3: the migrations run while the old release serves.
            await using (var load = LoadOn(before.Client, reader))
            {
                await WithLongTransaction(database, expanding);
                await oldWriter.SignUp(before.Client);
                await Execute(database, Block(steps[1], "sql"));
                await renamed.Migrate();
                load.ShouldHaveNoFailure();
                Assert.InRange(load.Longest, TimeSpan.Zero, LongTransaction);
            }

            // 4: both serve, and each sees what the other has written.
            await using var after = await renamed.Start();
            await using (var load = LoadOn(before.Client, reader, after.Client))
            {
                await newWriter.SignUp(after.Client);
                foreach (var writer in new[] { oldWriter, newWriter, reader })
                {
                    var registered = await CreatedAt(writer, before.Client);
                    Assert.Equal(registered, await CreatedAt(writer, after.Client));
                    Assert.InRange(registered, DateTime.UtcNow.AddHours(-1), DateTime.UtcNow);
                }

                Assert.True(await before.IsReady() && await after.IsReady());
                load.ShouldHaveNoFailure();
            }

            Assert.Equal(0L, await Query(
                database, "SELECT count(*) FROM users WHERE created_at IS DISTINCT FROM registered_at"));
            await Execute(database, "CREATE TABLE kept AS SELECT id, created_at FROM users");

            // 5: the old release is gone.
            await before.DisposeAsync();
            await using (var load = LoadOn(after.Client, reader))
            {
                await contracting.Migrate();
                await newWriter.SignIn(after.Client);
                load.ShouldHaveNoFailure();
            }

            Assert.Equal(0L, await Query(database, """
                SELECT count(*) FROM kept LEFT JOIN users USING (id)
                WHERE users.registered_at IS DISTINCT FROM kept.created_at
                """));
        }

        await Postgres.DropDatabase(database);
    }

    private static RepeatedCalls LoadOn(HttpClient client, Visitor reader, params HttpClient[] more)
    {
        HttpClient[] clients = [client, .. more];

        return new RepeatedCalls([.. clients.SelectMany(target => new Func<Task>[]
        {
            () => reader.Get(target, "account"),
            () => reader.Get(target, "account/sessions"),
            () => reader.SignIn(target),
            () => reader.Post(
                target,
                "auth/register",
                new { email = $"load-{Guid.NewGuid():N}@example.com", password = "a load of eight purple pots" }),
        })]);
    }

    // migrate needs a lock that the transaction holds for a while.
    private static async Task WithLongTransaction(string database, Release release)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM users", connection, transaction);
        await command.ExecuteScalarAsync();
        var migrating = release.Migrate();
        await Task.Delay(LongTransaction, TestContext.Current.CancellationToken);
        Assert.False(migrating.IsCompleted, "migrate did not wait.");
        await transaction.CommitAsync();
        Assert.Contains("attempt 1 of", await migrating);
    }

    private static async Task<DateTime> CreatedAt(Visitor user, HttpClient client) =>
        (await user.Get(client, "account")).GetProperty("createdAt").GetDateTime();

    private static Task AddUsers(string database) => Execute(database, """
        INSERT INTO users SELECT (jsonb_populate_record(first, jsonb_build_object(
            'id', gen_random_uuid(), 'user_name', 'old' || n, 'normalized_user_name', 'OLD' || n,
            'email', 'old' || n, 'normalized_email', 'OLD' || n))).*
        FROM (SELECT users AS first FROM users LIMIT 1) AS one, generate_series(1, 5000) AS n
        """);

    private static async Task Add(Project project, string step)
    {
        var name = Name().Match(step).Groups[1].Value;
        await Cli.Dotnet(
            project.Folder, "ef", "migrations", "add", name, "--project", "src",
            "--output-dir", "Infrastructure/Database/Migrations");
        var file = Directory.GetFiles(Path.Combine(project.Folder, Migrations), $"*_{name}.cs").Single();
        File.WriteAllText(file, Method().Replace(
            File.ReadAllText(file),
            method => $"{method.Groups["head"].Value} {{ {(method.Value.Contains("Up(") ? LastBlock(step) : "")} }}"));
        await Cli.Dotnet(project.Folder, "build", "src");
    }

    private static void Configure(Project project, string step)
    {
        var file = Path.Combine(project.Folder, "src/Infrastructure/Database/Configurations/UserConfiguration.cs");
        const string Anchor = "user.ToTable(\"users\");\n";
        File.WriteAllText(file, File.ReadAllText(file).Replace(Anchor, Anchor + Block(step, "csharp")));
    }

    private static string Block(string step, string language) =>
        CodeBlock().Matches(step).First(block => block.Groups["language"].Value == language).Groups["code"].Value;

    private static string LastBlock(string step) => CodeBlock().Matches(step).Last().Groups["code"].Value;

    private static Task Execute(string database, string sql) => Query(database, sql);

    private static async Task<object?> Query(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);

        return await command.ExecuteScalarAsync();
    }

    [GeneratedRegex(
        @"^\*\*\d\.\*\* .*?(?=^\*\*\d\.\*\* |^## |\z)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Step();

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"migrations add (\w+)")]
    private static partial Regex Name();

    [GeneratedRegex(
        @"(?<head>void (Up|Down)\(MigrationBuilder migrationBuilder\))\s*\{.*?^        \}",
        RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Method();
}
