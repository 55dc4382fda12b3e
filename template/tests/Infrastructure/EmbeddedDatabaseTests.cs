using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Infrastructure;

public sealed class EmbeddedDatabaseTests
{
    [Fact]
    public async Task What_was_saved_is_there_after_a_restart()
    {
        string email;
        var first = new App { KeepsFolder = true, ["ConnectionStrings:Database"] = "" };
        await using (await first.Started())
        {
            email = await first.ConfirmedUser();
        }

        await using var second = await new App { Folder = first.Folder, ["ConnectionStrings:Database"] = "" }.Started();

        using var client = second.CreateClient();
        await client.SignIn(email);
        Assert.Single(DatabasesIn(second.Folder));
    }

    [Fact]
    public async Task A_database_of_another_model_is_set_aside_and_never_deleted()
    {
        await using var app = new App { ["ConnectionStrings:Database"] = "" };
        var file = DatabaseOf(app);
        Execute(file, "CREATE TABLE precious (data TEXT); INSERT INTO precious VALUES ('do not lose me')");

        await app.InitializeAsync();

        await app.ConfirmedUser();
        var aside = Assert.Single(DatabasesIn(app.Folder), database => database != file);
        Assert.Equal("do not lose me", Execute(aside, "SELECT data FROM precious"));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_set_aside_too()
    {
        await using var app = new App { ["ConnectionStrings:Database"] = "" };
        var file = DatabaseOf(app);
        await File.WriteAllTextAsync(file, new string('x', 5000), Stories.Ct);

        await app.InitializeAsync();

        await app.ConfirmedUser();
        Assert.Single(DatabasesIn(app.Folder), database => database != file);
    }

    private static string DatabaseOf(App app)
    {
        var folder = Directory.CreateDirectory(Path.Combine(app.Folder, ".data"));

        return Path.Combine(folder.FullName, "app.db");
    }

    private static IEnumerable<string> DatabasesIn(string folder) =>
        Directory.GetFiles(Path.Combine(folder, ".data"), "app.db*")
            .Where(file => !Regex.IsMatch(file, "-(wal|shm)$"));

    private static object? Execute(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;

        return command.ExecuteScalar();
    }
}
