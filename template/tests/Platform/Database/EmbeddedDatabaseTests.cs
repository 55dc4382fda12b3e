using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;
using Serilog.Core;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

public sealed class EmbeddedDatabaseTests
{
    [Fact]
    public async Task Saved_data_survives_a_restart()
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
    public async Task A_database_of_another_model_is_renamed_and_never_deleted()
    {
        await using var app = new App { ["ConnectionStrings:Database"] = "" };
        var file = DatabaseOf(app);
        Execute(file, "CREATE TABLE precious (data TEXT); INSERT INTO precious VALUES ('keep this')");

        await app.InitializeAsync();

        await app.ConfirmedUser();
        var renamed = Assert.Single(DatabasesIn(app.Folder), database => database != file);
        Assert.Equal("keep this", Execute(renamed, "SELECT data FROM precious"));
    }

    [Fact]
    public async Task The_warning_comes_before_the_file_is_renamed_and_has_its_new_name()
    {
        var seen = new Watch();
        await using var app = new App
        {
            Replace = services => services.AddSingleton<ILogEventSink>(seen),
            ["ConnectionStrings:Database"] = "",
        };
        seen.File = DatabaseOf(app);
        Execute(seen.File, "CREATE TABLE precious (data TEXT)");

        await app.InitializeAsync();

        var renamed = Assert.Single(DatabasesIn(app.Folder), database => database != seen.File);
        Assert.Equal([seen.File], seen.FilesAtTheWarning);
        Assert.Equal([renamed], seen.NewNames);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_renamed_too()
    {
        await using var app = new App { ["ConnectionStrings:Database"] = "" };
        var file = DatabaseOf(app);
        await File.WriteAllTextAsync(file, new string('x', 5000), Scenarios.Ct);

        await app.InitializeAsync();

        await app.ConfirmedUser();
        Assert.Single(DatabasesIn(app.Folder), database => database != file);
    }

    [Fact]
    public async Task A_database_that_stays_locked_is_503_and_a_warning()
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

    private sealed class Watch : ILogEventSink
    {
        public string File { get; set; } = "";

        public List<string> FilesAtTheWarning { get; } = [];

        public List<string> NewNames { get; } = [];

        public void Emit(LogEvent line)
        {
            if (line.Properties.GetValueOrDefault("OldDatabase") is ScalarValue { Value: string newName })
            {
                Assert.Equal(LogEventLevel.Warning, line.Level);
                FilesAtTheWarning.AddRange(DatabasesIn(Path.GetDirectoryName(Path.GetDirectoryName(File))!));
                NewNames.Add(newName);
            }
        }
    }

    private static async Task Write(AppDbContext db)
    {
        db.Database.SetCommandTimeout(TimeSpan.FromSeconds(1));
        await db.Users.ExecuteDeleteAsync(Scenarios.Ct);
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
