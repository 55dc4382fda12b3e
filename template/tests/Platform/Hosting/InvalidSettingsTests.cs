using System.Security.Cryptography;
using System.Text;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>An app with an invalid setting does not start, and names the setting in one line.</summary>
public sealed class InvalidSettingsTests
{
    [Theory]
    [InlineData("AllowedHosts", "")]
    [InlineData("AllowedHosts", "*")]
    [InlineData("AllowedHosts", "shop.example;*")]
    [InlineData("AllowedHosts", "https://shop.example")]
    [InlineData("App:PublicUrl", "")]
    [InlineData("App:PublicUrl", "shop.example")]
    [InlineData("App:PublicUrl", "http://shop.example")]
    [InlineData("App:PublicUrl", "https://shop.example/?a=b")]
    [InlineData("Cors:AllowedOrigins", "https://shop.example")]
    [InlineData("Cors:AllowedOrigins:0", "*")]
    [InlineData("Cors:AllowedOrigins:0", "null")]
    [InlineData("Cors:AllowedOrigins:0", "elsewhere.example")]
    [InlineData("Cors:AllowedOrigins:0", "https://*.shop.example")]
    [InlineData("Cors:AllowedOrigins:0", "https://shop.example/")]
    [InlineData("Cors:AllowedOrigins:0", "https://shop.example/path")]
    [InlineData("Cors:AllowedOrigins:0", "https://shop.example:443")]
    [InlineData("Cors:AllowedOrigins:0", "https://Shop.example")]
    [InlineData("Cors:AllowedOrigins:0", "https://me@shop.example")]
    [InlineData("Cors:AllowedOrigins:0", "capacitor://localhost/")]
    [InlineData("Cors:AllowedOrigins:0", "Capacitor://localhost")]
    [InlineData("Cors:AllowedOrigins:0", "capacitor://LOCALHOST")]
    [InlineData("Cors:AllowedOrigins:0", "capacitor:localhost")]
    [InlineData("Cors:AllowedOrigins:0", "file://")]
    [InlineData("Cors:AllowedHeaders:0", "*")]
    [InlineData("Cors:AllowedHeaders:0", "X-Tenant, X-Team")]
    [InlineData("Cors:AllowedHeaders", "X-Tenant")]
    [InlineData("ConnectionStrings:Database", "")]
    [InlineData("ConnectionStrings:Database", "postgres://app:hunter2hunter2@db/app")]
    [InlineData("ConnectionStrings:Database", "Host=db;Port=many;Password=hunter2hunter2")]
    [InlineData("ConnectionStrings:Database", "Database=shop;Username=shop")]
    [InlineData("ConnectionStrings:Database", "Host=db;Include Error Detail=true")]
    [InlineData("ConnectionStrings:Redis", "redis://:hunter2hunter2@cache:6379")]
    [InlineData("ConnectionStrings:Redis", "password=hunter2hunter2")]
    [InlineData("ConnectionStrings:Redis", "cache:many,password=hunter2hunter2")]
    [InlineData("ConnectionStrings:Redis", "cache:6379,pass=hunter2hunter2")]
    [InlineData("Jwt:AccessTokenLifetime", "a while")]
    [InlineData("Jwt:AccessTokenLifetime", "30.00:00:00")]
    [InlineData("Jwt:Issuer", "")]
    [InlineData("Sessions:IdleTimeout", "00:00:07")]
    [InlineData("Accounts:PasswordMinLength", "4")]
    [InlineData("Accounts:PasswordMinLength", "fifteen")]
    [InlineData("Accounts:ResetTokenLifetime", "1.00:00:00")]
    [InlineData("Lockout:MaxFailedAttempts", "1000")]
    [InlineData("Lockout:Duration", "2.00:00:00")]
    [InlineData("PwnedPasswords:BaseUrl", "ftp://pwned.example")]
    [InlineData("PwnedPasswords:Timeout", "00:01:00")]
    [InlineData("Proxy:KnownNetworks", "10.0.0.0/8")]
    [InlineData("Proxy:KnownNetworks:0", "10.0.0.5")]
    [InlineData("Proxy:KnownNetworks:0", "0.0.0.0/0")]
    [InlineData("Proxy:KnownNetworks:0", "::/0")]
    [InlineData("RateLimits:Api:PermitLimit", "0")]
    [InlineData("RateLimits:Refresh:Window", "2.00:00:00")]
    [InlineData("RateLimits:Auth:PermitLimit", "0")]
    [InlineData("RateLimits:Auth:Window", "a while")]
    [InlineData("Requests:Timeout", "0")]
    [InlineData("Requests:Timeout", "01:00:00")]
    [InlineData("Requests:MaxBodyBytes", "1")]
    [InlineData("Requests:MaxBodyBytes", "256 KiB")]
    [InlineData("Requests:MaxBodyBytes", "5000000000")]
    [InlineData("Uploads:MaxBytes", "5000000000")]
    [InlineData("Uploads:MaxPixels", "5000000000")]
    [InlineData("Uploads:QuotaBytes", "9223372036854775807")]
    [InlineData("Smtp:Host", "")]
    [InlineData("Smtp:Port", "70000")]
    [InlineData("Smtp:From", "")]
    [InlineData("Smtp:From", "no-at-sign")]
    [InlineData("Smtp:UserName", "mailer")]
    [InlineData("Smtp:UseTls", "yes, please")]
    [InlineData("OpenApi:Enabled", "perhaps")]
    [InlineData("Serilog:MinimumLevel", "Debug")]
    [InlineData("Serilog:MinimumLevel:Default", "Loud")]
    [InlineData("Serilog:MinimumLevel:Default", "9")]
    [InlineData("Serilog:MinimumLevel:Default", "Debug, Error")]
    [InlineData("Serilog:MinimumLevel:Override", "Debug")]
    [InlineData("Serilog:MinimumLevel:Override:Microsoft", "Loud")]
    [InlineData("Sentry:Dsn", "https://sentry.example/1")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry:4317")]
    public async Task An_invalid_setting_is_named_in_one_line(string key, string value)
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings) { [key] = value };

        var (exitCode, output, errors) = await EntryPoint.Run(settings);

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains(key, Assert.Single(errors));
        Assert.True(value.Length < 5 || !errors[0].Contains(value), "The value must not be shown.");
    }

    [Fact]
    public async Task A_signing_key_must_be_long_and_random()
    {
        foreach (var key in (string[])
            [
                "",
                "change-me",
                Convert.ToBase64String(RandomNumberGenerator.GetBytes(31)),
                Convert.ToBase64String(new byte[32]),
                Convert.ToBase64String([.. Enumerable.Range(1, 64).Select(i => (byte)i)]),
                Convert.ToBase64String(Encoding.ASCII.GetBytes("please-change-this-signing-key-before-you-go-live")),
                "SuperSecretKeyThatShouldBeReplacedInProduction12",
                "YourSuperSecretKeyThatIsAtLeast32BytesLongChangeMe00",
                "replace/this/with/a/real/signing/key/before/production/00000",
            ])
        {
            var settings = new Dictionary<string, string>(Apps.ProductionSettings) { ["Jwt:SigningKeys:0"] = key };

            var (exitCode, _, errors) = await EntryPoint.Run(settings);

            Assert.Equal(1, exitCode);
            Assert.Contains("Jwt:SigningKeys:0", Assert.Single(errors));
        }
    }

    [Fact]
    public async Task The_variable_of_Sentry_counts_where_the_setting_is_empty()
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings) { ["SENTRY_DSN"] = "no DSN" };

        var (exitCode, _, errors) = await EntryPoint.Run(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("Sentry:Dsn", Assert.Single(errors));
    }

    [Fact]
    public async Task All_invalid_settings_are_named_at_once()
    {
        var (exitCode, _, errors) = await AppProcess.Run(new Dictionary<string, string>());

        Assert.Equal(1, exitCode);
        Assert.All(
            ["AllowedHosts", "App:PublicUrl", "ConnectionStrings:Database", "Jwt:SigningKeys:0", "Smtp:Host"],
            key => Assert.Single(errors, line => line.Contains(key)));
    }

    [Fact]
    public async Task Migrating_requires_only_the_database_and_fails_with_the_same_line()
    {
        var (exitCode, _, errors) = await AppProcess.Run(new Dictionary<string, string>(), ["migrate"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("ConnectionStrings:Database", Assert.Single(errors));
    }

    [Fact]
    public async Task A_misspelt_setting_is_a_warning()
    {
        string[] misspelt =
        [
            "Smtp:Hots",
            "Smtp:Host:0",
            "ConnectionStrings:Databse",
            "RateLimits:Apis:PermitLimit",
            "Serilog:Override:Microsoft",
            "Serilog:MinimumLevel:Override:Microsoft:AspNetCore",
        ];
        var settings = Apps.ProductionSettings
            .Concat(misspelt.Select(key => KeyValuePair.Create(key, "Warning")))
            .Append(KeyValuePair.Create("Serilog:MinimumLevel:Override:Microsoft.AspNetCore", "Warning"))
            .ToDictionary();

        var (app, client) = await AppProcess.Start(settings);

        using (client)
        await using (app)
        {
            await Eventual.Happens(() => Warnings().Count >= misspelt.Length);
            var warnings = Warnings();
            Assert.Equal(misspelt.Length, warnings.Count);
            Assert.All(misspelt, key => Assert.Single(warnings, line => line.Contains($"\"{key}\"")));
            Assert.All(warnings, line => Assert.Contains("\"@l\":\"Warning\"", line));
        }

        List<string> Warnings() => [.. app.Output.Where(line => line.Contains("no such setting"))];
    }

    [Fact]
    public async Task The_environment_wins_over_the_file_and_the_file_over_appsettings()
    {
        await using var folder = new App();
        await File.WriteAllTextAsync(
            Path.Combine(folder.Folder, "appsettings.json"),
            """{ "App": { "PublicUrl": "https://app.example" }, "AllowedHosts": "*", "Smtp": { "From": "wrong" } }""",
            Scenarios.Ct);
        var env = Path.Combine(folder.Folder, ".env");
        await File.WriteAllTextAsync(
            env,
            $"Jwt__SigningKeys__0={Apps.SigningKey}\nSmtp__From=noreply@app.example\nSmtp__Port=0\n",
            Scenarios.Ct);
        if (!OperatingSystem.IsWindows())
        {
            // Otherwise a second line says that others could read it.
            File.SetUnixFileMode(env, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var settings = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings:Database"] = Apps.DatabaseThatIsAway,
            ["Smtp:Port"] = "25",
            ["Accounts:PasswordMinLength"] = "4",
        };

        var (_, _, errors) = await AppProcess.Run(settings, [$"--contentRoot={folder.Folder}"]);

        Assert.Contains("Accounts:PasswordMinLength", Assert.Single(errors));
    }
}
