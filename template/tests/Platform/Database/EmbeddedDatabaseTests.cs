using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

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

    [Fact]
    public async Task A_database_that_stays_busy_is_503_and_no_error_of_ours()
    {
        await using var app = new App
        {
            Routes = routes => routes.MapPost("/probe/write", Write).AllowAnonymous(),
            ["ConnectionStrings:Database"] = "",
        };
        await app.InitializeAsync();
        using var client = app.CreateClient();
        await using var other = new SqliteConnection($"Data Source={DatabaseOf(app)};Pooling=false");
        other.Open();
        await using var transaction = other.BeginTransaction();

        var response = await client.Post("/probe/write");

        var problem = await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        var line = Assert.Single(app.Log.Of(problem.Text("traceId")), line => line.Exception is not null);
        Assert.Equal(LogEventLevel.Warning, line.Level);
        Assert.Contains("database is locked", line.Exception!.ToString());
    }

    private static async Task Write(AppDbContext db)
    {
        db.Database.SetCommandTimeout(TimeSpan.FromSeconds(1));
        await db.Users.ExecuteDeleteAsync(Stories.Ct);
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
