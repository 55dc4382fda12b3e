using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ProdReady.Doctor;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>What is found in the database, and in an app that uses one.</summary>
public sealed class DatabaseFindingTests
{
    [PostgresFact]
    public async Task An_administrator_and_an_empty_database_are_found()
    {
        var database = await TestPostgres.CreateDatabase();
        var diagnosis = await Diagnosis.Of(new()
        {
            ["ConnectionStrings:Database"] =
                new NpgsqlConnectionStringBuilder(database) { MaxPoolSize = 600 }.ConnectionString,
        });

        Assert.Superset(new HashSet<string> { "D302", "D306", "D309" }, diagnosis.Found.ToHashSet());
        // It has no tables to read yet.
        Assert.DoesNotContain(diagnosis.Checks, check => check.Text("id") is "D203" or "D807");
    }

    [PostgresFact]
    public async Task A_role_that_may_change_the_schema_is_found()
    {
        await using var role = await LimitedRole.Create();
        await role.LetChangeTheSchema();

        var diagnosis = await Diagnosis.Of(new() { ["ConnectionStrings:Database"] = role.ConnectionString });

        Assert.Contains("D307", diagnosis.Found);
        Assert.Equal("ok", diagnosis["D306"].Text("status"));
    }

    [PostgresFact]
    public async Task Behind_a_pooler_statements_without_a_time_limit_are_found_and_many_connections_are_not()
    {
        await using var role = await LimitedRole.Create();
        Dictionary<string, string> settings = new()
        {
            ["ConnectionStrings:Database"] = $"{role.ConnectionString};Maximum Pool Size=600",
        };

        var direct = await Diagnosis.Of(settings);
        var pooled = await Diagnosis.Of(new(settings) { ["Database:Pooler"] = "true" });

        string[] ids = ["D309", "D311"];
        Assert.Equal(["D309"], ids.Intersect(direct.Found));
        Assert.Equal(["D311"], ids.Intersect(pooled.Found));
    }

    [PostgresFact]
    public async Task A_wrong_password_is_found_and_named()
    {
        await using var role = await LimitedRole.Create();

        var diagnosis = await Diagnosis.Of(new()
        {
            ["ConnectionStrings:Database"] = $"{role.ConnectionString};Password=wrong-{Guid.NewGuid():N}",
        });

        Assert.Contains("28P01", diagnosis["D301"].Text("message"));
    }

    [PostgresFact]
    public async Task An_old_key_a_wrong_clock_and_a_new_open_route_are_found()
    {
        await using var app = await new App
        {
            Replace = services => services.AddSingleton<TimeProvider>(new ClockOfLater(TimeSpan.FromDays(400))),
            Routes = routes => routes.MapGet("/new", () => "open").AllowAnonymous(),
        }.Started();
        // A mail is encrypted, and with it the first key is made.
        using (var client = app.CreateClient())
        {
            await client.Post(
                "/api/v1/auth/register", new { email = "new@app.example", password = Scenarios.Password });
        }

        var found = (await Examine(app)).Where(result => result.Status > Status.Ok).ToDictionary(result => result.Id);

        Assert.Contains("D203", found.Keys);
        Assert.Contains("D308", found.Keys);
        Assert.Equal("Open to everyone: /new.", found["D909"].Message);
    }

    [PostgresFact]
    public async Task A_check_that_could_not_look_says_so_and_not_that_it_found_something()
    {
        await using var app = await new App { ["Doctor:Accepted:0"] = "D203=known" }.Started();
        await app.Query(async db =>
        {
            db.DataProtectionKeys.Add(new() { FriendlyName = "torn", Xml = "<key" });

            return await db.SaveChangesAsync(Scenarios.Ct);
        });

        var torn = (await Examine(app)).Single(result => result.Id == "D203");

        Assert.Equal(Status.Warning, torn.Status);
        Assert.StartsWith("Not checked (XmlException, ", torn.Message);
        Assert.EndsWith("): The first signing key is less than a year old.", torn.Message);
    }

    [Fact]
    public async Task A_missing_fallback_policy_is_found()
    {
        await using var app = await new App
        {
            Replace = services => services.AddAuthorizationBuilder().SetFallbackPolicy(null!),
        }.Started();

        var found = (await Examine(app)).Single(result => result.Id == "D909");

        Assert.Equal(Status.Warning, found.Status);
        Assert.Contains("/api/v1/account", found.Message);
    }

    [Theory]
    [InlineData(14, "2026-11-26", false)]
    [InlineData(14, "2026-12-01", true)]
    [InlineData(18, "2030-11-30", false)]
    [InlineData(18, "2030-12-01", true)]
    public void A_PostgreSQL_without_fixes_is_found(int version, string now, bool isFound) =>
        Assert.Equal(isFound, Migrations.IsUnsupported(version, DateTimeOffset.Parse(now)));

    private static Task<IReadOnlyList<Result>> Examine(App app) => Examination.Of(
        app.Services, app.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints));

    private sealed class ClockOfLater(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + later;
    }
}
