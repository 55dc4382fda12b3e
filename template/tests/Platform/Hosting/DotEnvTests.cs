using System.Runtime.Versioning;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

public sealed class DotEnvTests(SharedApp app)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task A_missing_file_is_created_with_random_secrets()
    {
        await using var other = await new App().Started();

        var (mine, theirs) = (ReadFile(app), ReadFile(other));

        Assert.StartsWith("Jwt__SigningKeys__0=", mine);
        Assert.NotEqual(mine, theirs);
    }

    [Fact]
    public async Task An_existing_file_is_read_and_not_changed()
    {
        await using var other = new App();
        var content = $"# mine\nJwt__SigningKeys__0={Apps.SigningKey}\nAccounts__PasswordMinLength=20\n";
        await File.WriteAllTextAsync(Path.Combine(other.Folder, ".env"), content, Scenarios.Ct);

        await other.InitializeAsync();

        var settings = other.Services.GetRequiredService<IConfiguration>();
        Assert.Equal("20", settings["Accounts:PasswordMinLength"]);
        Assert.Equal(Apps.SigningKey, settings["Jwt:SigningKeys:0"]);
        Assert.Equal(content, ReadFile(other));
    }

    [Fact]
    public async Task Files_of_editors_and_shells_are_read()
    {
        await using var other = new App();
        string[] lines =
        [
            "\uFEFF# from an editor on Windows",
            $"Jwt__SigningKeys__0={Apps.SigningKey} # an inline comment",
            "Smtp__Host = # still empty",
            "export Smtp__UserName=first",
            "Smtp__UserName=last",
            "Smtp__Password=\"a # b\" # quoted",
            "Jwt__Issuer=a#b",
        ];
        await File.WriteAllTextAsync(Path.Combine(other.Folder, ".env"), string.Join("\r\n", lines), Scenarios.Ct);

        await other.InitializeAsync();

        var settings = other.Services.GetRequiredService<IConfiguration>();
        Assert.Equal(Apps.SigningKey, settings["Jwt:SigningKeys:0"]);
        Assert.Equal("", settings["Smtp:Host"] ?? "");
        Assert.Equal("last", settings["Smtp:UserName"]);
        Assert.Equal("a # b", settings["Smtp:Password"]);
        Assert.Equal("a#b", settings["Jwt:Issuer"]);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_can_read_the_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no mode of a file.");
        await using var other = new App();
        var path = Path.Combine(other.Folder, ".env");
        await File.WriteAllTextAsync(path, $"Jwt__SigningKeys__0={Apps.SigningKey}\n", Scenarios.Ct);
        File.SetUnixFileMode(path, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        await other.InitializeAsync();

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.Combine(app.Folder, ".env")));
    }

    [Fact]
    public async Task Outside_Development_the_file_is_ignored()
    {
        await using var other = Apps.WithoutDatabase("Production");
        await File.WriteAllTextAsync(
            Path.Combine(other.Folder, ".env"), "Accounts__PasswordMinLength=20", Scenarios.Ct);

        await other.InitializeAsync();

        Assert.Null(other.Services.GetRequiredService<IConfiguration>()["Accounts:PasswordMinLength"]);
    }

    private static string ReadFile(App app) => File.ReadAllText(Path.Combine(app.Folder, ".env"));
}
