using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

/// <summary>The server answers, and does not let the app in: while it serves, and until that is corrected.</summary>
public sealed class RefusedConnectionTests
{
    [PostgresFact]
    public async Task A_wrong_password()
    {
        var file = Path.GetTempFileName();
        var password = "";
        await using var app = await new App
        {
            Routes = Map,
            // Npgsql reads the file for each new connection.
            Reach = database =>
            {
                var settings = new NpgsqlConnectionStringBuilder(database) { Passfile = file };
                password = settings.Password!;
                settings.Remove(nameof(settings.Password));
                Write(file, password);

                return settings.ConnectionString;
            },
        }.Started();
        await SkipIfAnyPasswordIsRight(app.ConnectionString);

        await IsReported(app, "28P01", () => WritePassword("hunter2hunter2"), () => WritePassword(password));
        Assert.DoesNotContain(app.Log.Lines, line => line.RenderMessage().Contains("hunter2hunter2"));
        File.Delete(file);

        Task WritePassword(string value)
        {
            Write(file, value);

            return Task.CompletedTask;
        }
    }

    [PostgresFact]
    public async Task A_missing_password()
    {
        await using var app = await new App
        {
            Routes = Map,
            Reach = database => $"{database};Passfile=/dev/null;Password=",
        }.Started();
        await SkipIfAnyPasswordIsRight(app.ConnectionString);
        using var client = app.CreateClient();

        await IsRefused(app, client, "password");
    }

    [PostgresFact]
    public async Task A_database_that_does_not_exist() => await IsReported(
        "3D000",
        database => $"ALTER DATABASE {database} RENAME TO {database}_away",
        database => $"ALTER DATABASE {database}_away RENAME TO {database}");

    [PostgresFact]
    public async Task A_database_that_accepts_no_connections() => await IsReported(
        "55000",
        database => $"ALTER DATABASE {database} ALLOW_CONNECTIONS false",
        database => $"ALTER DATABASE {database} ALLOW_CONNECTIONS true");

    [PostgresFact]
    public async Task Every_reason_that_the_server_can_have()
    {
        await using var app = await new App { Routes = Map }.Started();
        using var client = app.CreateClient();

        // pg_hba.conf or a role that may not log in, too many connections, starting or stopping, a pooler's refusal.
        foreach (var state in (string[])["28000", "53300", "57P03", "08P01"])
        {
            await IsRefused(app, client, state, $"/probe/refused?state={state}");
        }
    }

    private static async Task IsReported(string state, Func<string, string> refuse, Func<string, string> accept)
    {
        await using var app = await new App { Routes = Map }.Started();
        var database = new NpgsqlConnectionStringBuilder(app.ConnectionString).Database!;

        await IsReported(
            app,
            state,
            () => TestPostgres.Execute(EndConnections(database) + refuse(database)),
            () => TestPostgres.Execute(accept(database)));
    }

    private static async Task IsReported(App app, string state, Func<Task> refuse, Func<Task> accept)
    {
        using var client = app.CreateClient();
        Assert.Equal(HttpStatusCode.OK, (await client.Get("/probe/users")).StatusCode);

        await refuse();
        await TestPostgres.Execute(EndConnections(new NpgsqlConnectionStringBuilder(app.ConnectionString).Database!));
        // The first may still find that its connection is broken.
        await client.Get("/probe/users");
        await IsRefused(app, client, state);
        await Eventual.Happens(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/live")).StatusCode);

            return (await client.Get("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable
                && app.Log.Lines.Any(line =>
                    line.RenderMessage().StartsWith("Not ready:") && line.RenderMessage().Contains(state));
        });

        await accept();
        await Eventual.Happens(async () => (await client.Get("/health/ready")).StatusCode == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, (await client.Get("/probe/users")).StatusCode);
        Assert.DoesNotContain(app.Log.Lines, line => line.Level >= LogEventLevel.Error);
    }

    private static async Task IsRefused(App app, HttpClient client, string reason, string path = "/probe/users")
    {
        var response = await client.Get(path);

        var problem = await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.NotNull(response.Headers.RetryAfter);
        var lines = app.Log.Of(problem.Text("traceId")).ToList();
        Assert.All(lines, line => Assert.Null(line.Exception));
        var warning = Assert.Single(lines, line => line.Level == LogEventLevel.Warning);
        Assert.Contains(reason, warning.RenderMessage());
    }

    private static string EndConnections(string database) =>
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'; ";

    private static async Task SkipIfAnyPasswordIsRight(string connectionString)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create($"{connectionString};Password=hunter2hunter2");
            await using var connection = await source.OpenConnectionAsync(Scenarios.Ct);
            Assert.Skip("Needs a PostgreSQL server that asks for passwords: pg_hba.conf says trust.");
        }
        catch (PostgresException)
        {
            // As it should be.
        }
    }

    private static void Write(string file, string password) => File.WriteAllText(file, $"*:*:*:*:{password}\n");

    private static void Map(IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/probe").AllowAnonymous();
        probe.MapGet("/users", (AppDbContext db, CancellationToken ct) => db.Users.CountAsync(ct));
        probe.MapGet("/refused", (string state, AppDbContext db, CancellationToken ct) =>
        {
            var raise = $"DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$";

            return db.Database.ExecuteSqlRawAsync(raise, ct);
        });
    }
}
