using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProdReady.Application.Files;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>Where Uploads:Directory is, and what happens when its disk is full.</summary>
public sealed class UploadsDirectoryTests
{
    [Fact]
    public async Task While_the_disk_is_full_uploads_are_refused_and_nothing_else_is()
    {
        using var disk = SmallDisk.Mount();
        await using var app = new AppWithUploads
        {
            ["Uploads:Directory"] = disk.Folder,
            ["Uploads:MaxBytes"] = $"{5 * 1024 * 1024}",
        };
        await app.InitializeAsync();
        using var client = await app.SignedInClient();

        var full = await client.Upload(AppWithUploads.Path, Pictures.Png(2 * 1024 * 1024));
        var ready = await client.Get("/health/ready");
        var small = await client.Upload(AppWithUploads.Path, Pictures.Photo);

        await full.ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
        await Eventual.Happens(() => Directory.GetFiles(Path.Combine(disk.Folder, "incoming")).Length == 0);
    }

    [Fact]
    public async Task A_disk_that_fails_is_an_error_of_the_server_and_not_a_malformed_request()
    {
        await using var app = new AppWithUploads();
        await app.InitializeAsync();
        using var client = await app.SignedInClient();
        var uploads = Directory.CreateDirectory(Path.Combine(app.Folder, ".data", "uploads"));
        await File.WriteAllTextAsync(Path.Combine(uploads.FullName, "incoming"), "not a folder", Scenarios.Ct);

        var response = await client.Upload(AppWithUploads.Path, Pictures.Photo);

        await response.ShouldBe(HttpStatusCode.InternalServerError, "internal-error");
    }

    [Theory]
    [InlineData("Development", "")]
    [InlineData("Production", "app")]
    public async Task The_folder_of_a_solution_counts_in_Development_only(string environment, string root)
    {
        var solution = Directory.CreateTempSubdirectory("solution-");
        await File.WriteAllTextAsync(Path.Combine(solution.FullName, "Shop.slnx"), "<Solution />", Scenarios.Ct);
        var folder = solution.CreateSubdirectory("app").FullName;
        await using (var app = new App { Environment = environment, Folder = folder })
        {
            foreach (var (key, value) in Apps.ProductionSettings)
            {
                app[key] = value;
            }

            await app.InitializeAsync();

            var uploads = app.Services.GetRequiredService<IOptions<UploadsOptions>>().Value;
            Assert.Equal(Path.Combine(solution.FullName, root, ".data", "uploads"), uploads.Directory);
        }

        solution.Delete(recursive: true);
    }
}
