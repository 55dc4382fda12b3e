using System.Net;
using ProdReady.Hosting;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>The name of the environment, of which a file of settings has its name: on Linux in one case only.</summary>
public sealed class EnvironmentNameTests
{
    [Theory]
    [InlineData("development")]
    [InlineData("DEVELOPMENT")]
    [InlineData("Production", "--environment", "development")]
    [InlineData("Production", "--environment=development")]
    public async Task The_environment_may_be_written_in_any_case(string environment, params string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("workspace-").FullName;
        var settings = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["APP_WORKSPACE"] = folder,
            ["ConnectionStrings:Database"] = Apps.DatabaseThatIsAway,
        };

        var (app, client) = await AppProcess.Start(settings, args: args);

        using (client)
        await using (app)
        {
            // With the levels of appsettings.Development.json, which is not read in another case on Linux.
            Assert.Equal(HttpStatusCode.OK, (await client.Get("/openapi/v1.json")).StatusCode);
            Assert.True(File.Exists(Path.Combine(folder, ".env")));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("production")]
    [InlineData("STAGING")]
    [InlineData("Development", "--environment", "staging")]
    public async Task The_settings_of_the_environment_are_read_in_any_case(string environment, params string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("settings-").FullName;
        foreach (var name in (string[])["Production", "Staging"])
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder, $"appsettings.{name}.json"), """{"OpenApi":{"Enabled":true}}""", Scenarios.Ct);
        }

        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
        };
        var (app, client) = await AppProcess.Start(settings, args: [.. args, $"--contentRoot={folder}"]);

        using (client)
        await using (app)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.Get("/openapi/v1.json")).StatusCode);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("--environment=production", "--environment=Production")]
    [InlineData("--Environment staging", "--Environment Staging")]
    [InlineData("--environment=test", "--environment=test")]
    [InlineData("--Sentry:Environment development", "--Sentry:Environment development")]
    [InlineData("--App:Name=production", "--App:Name=production")]
    public void No_other_argument_is_changed(string args, string expected) =>
        Assert.EndsWith($" {expected}", string.Join(' ', args.Split(' ').WithHostDefaults()));
}
