namespace ProdReadyTemplate.Tests;

/// <summary>Releases of one app in a registry, good ones and broken ones.</summary>
internal sealed class DeployReleases(DockerProject made, DockerRegistry registry)
{
    private const string Migration = "src/Infrastructure/Database/Migrations/99990101000000_Later.cs";

    private readonly Dictionary<string, string> images = [];

    /// <summary>The name of an image, by digest.</summary>
    public string this[string release] => images[release];

    public async Task Push()
    {
        foreach (var name in new[] { "one", "two", "three", "four", "missing" })
        {
            images[name] = await registry.Push(name);
        }

        // Arguments win over app.env. migrate has a connection string of its own.
        await PushWith("crashes", "--Jwt:Issuer=");
        await PushWith("never", "--ConnectionStrings:Database=Host=nowhere.invalid;Database=app");
        await PushWith("smoke", $"--AllowedHosts={DockerStack.SecondHost}");
        await made.Shell($"head -c 30000000 /dev/urandom >{DockerRegistry.Context}/large");
        images["large"] = await registry.Push("large", "COPY large /large");
        await PushMigrations();
        // The cache of builds would keep all layers in the engine, and nothing would be downloaded.
        await made.Docker("builder", "prune", "--force");
    }

    private async Task PushWith(string name, string argument) => images[name] = await registry.Push(
        name, $"ENTRYPOINT [\"dotnet\", \"{DockerProject.Name}.dll\", \"{argument}\"]");

    // The app with one more migration, whose SQL is in a file beside it.
    private async Task PushMigrations()
    {
        await made.Write(Migration, """
            using Microsoft.EntityFrameworkCore.Infrastructure;
            using Microsoft.EntityFrameworkCore.Migrations;

            namespace _2026_X.Infrastructure.Database.Migrations;

            [DbContext(typeof(AppDbContext))]
            [Migration("99990101000000_Later")]
            public sealed class Later : Migration
            {
                protected override void Up(MigrationBuilder migrationBuilder) =>
                    migrationBuilder.Sql(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "later.sql")));
            }
            """);
        await Cli.Dotnet(made.Project.Folder, "build", "src");
        await made.Shell($"""
            cp src/bin/Debug/net10.0/{DockerProject.Name}.dll {DockerRegistry.Context}/
            rm -r src/bin src/obj {Migration}
            """);
        // EF Core writes the history itself.
        var sql = await File.ReadAllTextAsync(Path.Combine(Template.Repository, "tests", "next-migration.sql"));
        await PushMigration("later", sql[..sql.IndexOf("INSERT INTO", StringComparison.Ordinal)]);
        await PushMigration("fails", "SELECT 1 / 0;");
    }

    private async Task PushMigration(string name, string sql)
    {
        await made.Write($"{DockerRegistry.Context}/later.sql", sql);
        images[name] = await registry.Push(name, $"COPY {DockerProject.Name}.dll later.sql /app/");
    }
}
