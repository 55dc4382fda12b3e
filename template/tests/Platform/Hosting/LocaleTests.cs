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

    private static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/probe/culture", () => $"{1.5} {DateTime.UnixEpoch:d} '{CultureInfo.CurrentUICulture.Name}'")
        .AllowAnonymous();
}
