using ProdReady.Tests.Support;

namespace ProdReady.Tests.Infrastructure;

/// <summary>An app that is configured wrongly does not start, and says which setting to mend.</summary>
public sealed class StartTests
{
    private static readonly Dictionary<string, string> Complete = new()
    {
        ["App:PublicUrl"] = "https://app.example",
        ["ConnectionStrings:Database"] = Apps.DatabaseThatIsAway,
        ["Jwt:SigningKeys:0"] = Apps.SigningKey,
        ["Smtp:Host"] = "127.0.0.1",
    };

    [Theory]
    [InlineData("App:PublicUrl", "", "PublicUrl")]
    [InlineData("ConnectionStrings:Database", "", "ConnectionStrings:Database")]
    [InlineData("Jwt:SigningKeys:0", "", "Jwt:SigningKeys:0")]
    [InlineData("Jwt:SigningKeys:0", "dG9vIHNob3J0", "Jwt:SigningKeys:0")]
    [InlineData("Accounts:PasswordMinLength", "4", "PasswordMinLength")]
    [InlineData("Smtp:Host", "", "Smtp:Host")]
    public async Task A_wrong_setting_is_named(string key, string value, string named)
    {
        var settings = new Dictionary<string, string>(Complete) { [key] = value };

        var (exitCode, output) = await AppProcess.Run(settings);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(named, output);
    }
}
