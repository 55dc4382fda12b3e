using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

public sealed class WorkingDirectoryTests
{
    [Fact]
    public async Task The_settings_and_the_files_are_those_beside_the_app_whatever_the_working_directory_is()
    {
        var folder = Directory.CreateTempSubdirectory("elsewhere-").FullName;
        var misleading = Path.Combine(folder, "appsettings.json");
        await File.WriteAllTextAsync(
            misleading,
            """
            { "App": { "ServePages": false }, "OpenApi": { "Enabled": true } }
            """,
            Scenarios.Ct);

        var (app, client) = await AppProcess.Start(Apps.ProductionSettings, folder: folder);
        using (client)
        await using (app)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.Get("/reset-password")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await client.Get("/openapi/v1.json")).StatusCode);

            Assert.Equal(0, await app.Stop());
            // The levels of the app's own file: its requests are logged, and the framework's steps are not.
            Assert.Contains(app.Output, line => line.Contains("GET /openapi/v1.json 404"));
            Assert.DoesNotContain(app.Output, line => line.Contains("Executing endpoint"));
        }

        Assert.Equal([misleading], Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_settings_file_that_changes_is_read_at_the_next_start()
    {
        await using var app = Apps.WithoutDatabase("Production");
        await app.InitializeAsync();

        var settings = (IConfigurationRoot)app.Services.GetRequiredService<IConfiguration>();
        var files = settings.Providers.OfType<FileConfigurationProvider>();

        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.False(file.Source.ReloadOnChange));
    }
}
