using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ProdReady.Doctor;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>Each check finds what it looks for. DoctorTests has the app in which all of them find nothing.</summary>
public sealed class FindingTests
{
    private const string ElsewhereWithoutTls = "Host=db.invalid;Username=app";

    // By the setting alone, or because nothing listens on port 1.
    private static readonly Dictionary<string, (string Key, string Value)[]> BySetting = new()
    {
        ["D105"] = [("Smtp:Hots", "misspelt")],
        ["D200"] = [("Jwt:Issuer", "")],
        ["D201"] = [("ConnectionStrings:Redis", "127.0.0.1:1,password=postgres")],
        ["D205"] = [("Jwt:SigningKeys:1", Apps.SigningKey)],
        ["D300"] = [("ConnectionStrings:Migrations", "postgres://db")],
        ["D301"] = [],
        ["D304"] = [("ConnectionStrings:Database", ElsewhereWithoutTls)],
        ["D305"] = [("ConnectionStrings:Database", $"{ElsewhereWithoutTls};SSL Mode=Require")],
        ["D310"] = [("ConnectionStrings:Migrations", "Host=db;Username=app")],
        ["D400"] = [("Lockout:MaxFailedAttempts", "1000")],
        ["D401"] = [("Jwt:AccessTokenLifetime", "00:30:00")],
        ["D402"] = [("Sessions:AbsoluteLifetime", "365.00:00:00")],
        ["D403"] = [("Accounts:PasswordMinLength", "8")],
        ["D404"] = [("PwnedPasswords:Enabled", "false")],
        ["D405"] = [],
        ["D406"] = [("Jwt:SigningKeys:1", Apps.SigningKey), ("Jwt:SigningKeys:2", Apps.SigningKey)],
        ["D500"] = [("Requests:MaxBodyBytes", "1")],
        ["D504"] = [("Requests:MaxBodyBytes", "20000000")],
        ["D505"] = [("RateLimits:Auth:PermitLimit", "400")],
        ["D600"] = [("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry:4317")],
        ["D601"] = [],
        ["D602"] = [("Sentry:Dsn", "http://key@127.0.0.1:1/1")],
        ["D603"] = [],
        ["D604"] = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")],
        ["D700"] = [("Smtp:Port", "70000")],
        ["D701"] = [],
        ["D702"] = [("Smtp:Host", "mail.invalid"), ("Smtp:UseTls", "false")],
        ["D703"] = [("Smtp:From", "app@localhost")],
        ["D800"] = [("Doctor:Accepted", "D601")],
        ["D801"] = [],
        ["D803"] = [],
        ["D804"] = [("RESTIC_REPOSITORY", "/backup")],
        ["D900"] = [("AllowedHosts", "*")],
        ["D901"] = [],
        ["D904"] = [("AllowedHosts", "app.example")],
        ["D905"] = [("Cors:AllowedOrigins:0", "http://shop.example")],
        ["D906"] = [],
        ["D907"] = [("Proxy:KnownNetworks:0", "64.0.0.0/4")],
        ["D908"] = [("OpenApi:Enabled", "true")],
        ["D910"] = [("ConnectionStrings:Redis", "127.0.0.1:1")],
    };

    public static TheoryData<string> Ids => [.. BySetting.Keys];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_setting_that_is_not_fine_is_found(string id)
    {
        var diagnosis = await Diagnosis.Of(BySetting[id].ToDictionary(set => set.Key, set => set.Value));

        Assert.Contains(id, diagnosis.Found);
        Assert.Equal(1, diagnosis.ExitCode);
    }

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

    [Fact]
    public async Task A_missing_fallback_policy_is_found()
    {
        await using var app = await new App
        {
            Replace = services => services.AddAuthorizationBuilder().SetFallbackPolicy(null!),
        }.Started();

        var results = await Examine(app);

        Assert.Equal(Status.Warning, results.Single(result => result.Id == "D909").Status);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_found()
    {
        await using var site = await TlsSite.Start(days: 90);

        var diagnosis = await Diagnosis.Of(new() { ["App:PublicUrl"] = site.Url });

        Assert.Contains("D902", diagnosis.Found);
        Assert.DoesNotContain("D901", diagnosis.Found);
    }

    [Theory]
    [InlineData(StatusCodes.Status403Forbidden, "D602")]
    [InlineData(StatusCodes.Status503ServiceUnavailable, "D602")]
    [InlineData(StatusCodes.Status503ServiceUnavailable, "D405")]
    public async Task A_service_that_refuses_is_found(int status, string id)
    {
        await using var service = await OtherService.Start(context =>
        {
            context.Response.StatusCode = status;

            return Task.CompletedTask;
        });

        var diagnosis = await Diagnosis.Of(new()
        {
            ["Sentry:Dsn"] = service.Url.Replace("//", "//key@") + "/sentry/7",
            ["PwnedPasswords:BaseUrl"] = service.Url,
        });

        Assert.Contains(id, diagnosis.Found);
        Assert.Contains("/sentry/api/7/envelope/", service.Requests);
    }

    [Fact]
    public async Task A_mail_server_that_refuses_the_password_is_found()
    {
        // It knows no AUTH.
        await using var server = MailServer.Start();
        var settings = server.Settings();
        settings["Smtp:UserName"] = "app";
        settings["Smtp:Password"] = $"{Guid.NewGuid():N}";

        var diagnosis = await Diagnosis.Of(settings);

        Assert.Contains("D701", diagnosis.Found);
        Assert.Empty(server.Mails);
    }

    [Theory]
    [InlineData(3, 3, "D801")]
    [InlineData(8, 3, "D802")]
    [InlineData(0, 20, "D803")]
    public async Task An_old_backup_is_found(int backup, int verified, string id)
    {
        var (file, now) = (Path.GetTempFileName(), DateTimeOffset.UtcNow);
        await File.WriteAllTextAsync(
            file,
            $"""
            backup_last_success_timestamp_seconds {now.AddDays(-backup).ToUnixTimeSeconds()}
            backup_last_verified_timestamp_seconds {now.AddDays(-verified).ToUnixTimeSeconds()}

            """,
            Scenarios.Ct);

        var diagnosis = await Diagnosis.Of(new() { ["Doctor:BackupMetrics"] = file });

        Assert.Equal(id == "D802" ? ["D801", "D802"] : [id], diagnosis.Found.Intersect(["D801", "D802", "D803"]));
        File.Delete(file);
    }

    [Fact]
    public async Task What_lies_in_the_folder_of_the_app_is_found()
    {
        await using var folder = new App();
        await File.WriteAllTextAsync(
            Path.Combine(folder.Folder, "appsettings.json"),
            $$"""{ "Smtp": { "UserName": "app", "Password": "{{Guid.NewGuid():N}}" } }""",
            Scenarios.Ct);
        var env = Path.Combine(folder.Folder, ".env");
        await File.WriteAllTextAsync(env, "", Scenarios.Ct);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(env, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        }

        var diagnosis = await Diagnosis.Of(new() { ["contentRoot"] = folder.Folder });

        Assert.Superset(new HashSet<string> { "D104", "D202" }, diagnosis.Found.ToHashSet());
        Assert.Equal(!OperatingSystem.IsWindows(), diagnosis.Found.Contains("D204"));
    }

    [Theory]
    [InlineData(".NET 10.0.12", "2026-11-26", false)]
    [InlineData(".NET 10.0.0-rc.1.25451.107", "2026-11-26", true)]
    [InlineData(".NET 10.0.30", "2028-11-15", true)]
    public void A_runtime_without_fixes_is_found(string runtime, string now, bool isFound) =>
        Assert.Equal(isFound, Structure.Unsupported(runtime, DateTimeOffset.Parse(now)) is not null);

    [Theory]
    [InlineData("1.0.0", true)]
    [InlineData("1.0.0+0123abcd", false)]
    [InlineData("1.2.0", false)]
    public void A_build_without_a_version_is_found(string version, bool isFound) =>
        Assert.Equal(isFound, Structure.IsUnnamed(version));

    [Theory]
    [InlineData(14, "2026-11-26", false)]
    [InlineData(14, "2026-12-01", true)]
    [InlineData(18, "2030-11-30", false)]
    [InlineData(18, "2030-12-01", true)]
    public void A_PostgreSQL_without_fixes_is_found(int version, string now, bool isFound) =>
        Assert.Equal(isFound, Migrations.IsUnsupported(version, DateTimeOffset.Parse(now)));

    private static Task<IReadOnlyList<Result>> Examine(App app) => new ExaminedApp(
        app.Services,
        [.. app.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints)]).Examine();

    private sealed class ClockOfLater(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + later;
    }
}
