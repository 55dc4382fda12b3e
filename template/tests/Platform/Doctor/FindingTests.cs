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
        ["D700"] = [("Smtp:Port", "70000")],
        ["D701"] = [],
        ["D702"] = [("Smtp:Host", "mail.invalid"), ("Smtp:UseTls", "false")],
        ["D703"] = [("Smtp:From", "app@localhost")],
        ["D800"] = [("Doctor:Accepted", "D601")],
        ["D801"] = [],
        ["D803"] = [],
        ["D804"] = [("RESTIC_REPOSITORY", "/backup")],
        ["D810"] = [],
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

    [Fact]
    public async Task A_secret_in_the_folder_of_the_app_is_found()
    {
        await using var folder = new App();
        await File.WriteAllTextAsync(
            Path.Combine(folder.Folder, "appsettings.json"),
            $$"""{ "Smtp": { "UserName": "app", "Password": "{{Guid.NewGuid():N}}" } }""",
            Scenarios.Ct);

        var diagnosis = await Diagnosis.Of(new() { ["contentRoot"] = folder.Folder });

        Assert.Contains("D202", diagnosis.Found);
    }
}
