using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProdReady.Application;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>.env and .data/ have one place, whatever solution files there are.</summary>
public sealed class WorkspaceTests
{
    [Theory]
    [InlineData("shop", "shop/Shop.slnx")]
    [InlineData("shop", "shop/Shop.sln")]
    [InlineData("shop", "All.slnx", "shop/Shop.slnx")]
    [InlineData("shop", "All.sln", "shop/.env.example", "shop/src/Shop.sln")]
    [InlineData("shop", "shop/.env.example", "shop/Shop.slnx", "shop/Other.sln", "shop/src/Shop.slnx")]
    [InlineData("shop", ".env.example", "All.slnx", "shop/.env.example")]
    [InlineData("shop", "shop/Shop.slnx", "shop/src/Shop.slnf")]
    [InlineData("shop", "shop/.git", "shop/.env.example")]
    [InlineData("shop/src/bin", ".env.example", "All.slnx", "shop/.git")] // of a folder above the repository
    public async Task The_place_of_the_settings_and_the_data(string expected, params string[] files)
    {
        var repository = Directory.CreateTempSubdirectory("repository-");
        var app = repository.CreateSubdirectory("shop/src/bin");
        foreach (var file in files)
        {
            await File.WriteAllTextAsync(Path.Combine(repository.FullName, file), "", Scenarios.Ct);
        }

        await using (var started = await new App { Folder = app.FullName }.Started())
        {
            var folder = Path.Combine(repository.FullName, expected);
            var environment = started.Services.GetRequiredService<IHostEnvironment>();

            Assert.Equal(Path.Combine(folder, ".env"), Assert.Single(All(".env")));
            Assert.Equal(Path.Combine(folder, ".data"), Workspace.PathOf(environment, ".data"));
            Assert.All(All(".data"), data => Assert.Equal(Path.Combine(folder, ".data"), data));
        }

        repository.Delete(recursive: true);

        string[] All(string name) =>
            Directory.GetFileSystemEntries(repository.FullName, name, SearchOption.AllDirectories);
    }
}
