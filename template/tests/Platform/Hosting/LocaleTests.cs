using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

public sealed class LocaleTests
{
    [Fact]
    public async Task The_locale_of_the_machine_changes_no_number_no_date_and_no_message()
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings) { ["LC_ALL"] = "de_DE.UTF-8" };
        var (app, client) = await AppProcess.Start(settings, Map);
        using (client)
        await using (app)
        {
            Assert.Equal("1.5 01/01/1970 ''", await client.GetStringAsync("/probe/culture", Scenarios.Ct));
        }
    }

    // .NET recommends the setting to a machine without ICU.
    [Fact]
    public async Task Without_ICU_it_ends_with_one_line()
    {
        var config = Path.ChangeExtension(typeof(Program).Assembly.Location, ".runtimeconfig.json");
        var invariant = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        var text = await File.ReadAllTextAsync(config, Scenarios.Ct);
        await File.WriteAllTextAsync(invariant, text.Replace("Invariant\": false", "Invariant\": true"), Scenarios.Ct);

        // The script gets "dotnet" and the path of the app behind its name.
        var (exitCode, output, errors) = await AppProcess.Run(
            Apps.ProductionSettings,
            through: ["sh", "-c", "exec dotnet exec --runtimeconfig \"$0\" \"$2\"", invariant]);

        File.Delete(invariant);
        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains("needs ICU", Assert.Single(errors));
    }

    private static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/probe/culture", () => $"{1.5} {DateTime.UnixEpoch:d} '{CultureInfo.CurrentUICulture.Name}'")
        .AllowAnonymous();
}
