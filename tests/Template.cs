using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using ProdReadyTemplate.Tests;

[assembly: AssemblyFixture(typeof(Template))]

namespace ProdReadyTemplate.Tests;

/// <summary>The template, installed from this folder and from its package, each in its own hive.</summary>
public sealed class Template : IAsyncLifetime
{
    private readonly Lock shared = new();
    private Task<Project>? ordinary;
    private Task<Project>? withoutSample;
    private Task<string>? published;

    public static string Repository { get; } = Path.GetFullPath(Path.Combine(SourceFolder(), ".."));

    /// <summary>The folder for everything that the tests create; it is deleted at the end.</summary>
    public string Work { get; } = Directory.CreateTempSubdirectory("prodready-").FullName;

    public string Package { get; private set; } = "";

    private string FolderHive => Path.Combine(Work, "hive-of-the-folder");

    private string PackageHive => Path.Combine(Work, "hive-of-the-package");

    /// <summary>The variable PATH, with a dotnet that finds the template of this folder without an option.</summary>
    public string PathWithTemplate => $"{Path.Combine(Work, "bin")}:{Environment.GetEnvironmentVariable("PATH")}";

    public async ValueTask InitializeAsync()
    {
        var packages = Path.Combine(Work, "packages");
        await Cli.Dotnet(Repository, "pack", "ProdReadyTemplate.csproj", "-o", packages);
        Package = Directory.GetFiles(packages, "*.nupkg").Single();

        await Cli.Dotnet(Work, "new", "install", Repository, "--debug:custom-hive", FolderHive);
        await Cli.Dotnet(Work, "new", "install", Package, "--debug:custom-hive", PackageHive);
        if (!OperatingSystem.IsWindows())
        {
            PutOnPath();
        }
    }

    /// <summary>A built project with the default options, for tests that do not change its files.</summary>
    public Task<Project> Default() => Built(ref ordinary, []);

    /// <summary>Like <see cref="Default"/>, without the sample.</summary>
    public Task<Project> WithoutSample() => Built(ref withoutSample, ["--sample", "false"]);

    /// <summary>The folder of the published app of <see cref="Default"/>.</summary>
    public Task<string> Published()
    {
        lock (shared)
        {
            return published ??= Publish();
        }

        async Task<string> Publish() => await (await Default()).Publish();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Work, recursive: true);

        return ValueTask.CompletedTask;
    }

    /// <param name="parent">A folder below the working folder, because several projects have the same name.</param>
    public Task<Project> GenerateIn(string parent, string name, params string[] options) =>
        New(FolderHive, parent, name, options);

    public Task<Project> GenerateFromPackage(string parent, string name, params string[] options) =>
        New(PackageHive, parent, name, options);

    public Task<string> Help() => Cli.Dotnet(Work, "new", "prodready-api", "--help", "--debug:custom-hive", FolderHive);

    public IReadOnlyList<string> FilesInPackage()
    {
        using var package = ZipFile.OpenRead(Package);

        return [.. package.Entries.Select(entry => entry.FullName)];
    }

    private Task<Project> Built(ref Task<Project>? project, string[] options)
    {
        lock (shared)
        {
            return project ??= Build();
        }

        async Task<Project> Build()
        {
            var built = await GenerateIn(options is [] ? "default" : "without-sample", "Acme.Shop", options);
            await built.Build();

            return built;
        }
    }

    private async Task<Project> New(string hive, string parent, string name, string[] options)
    {
        var folder = Path.Combine(Work, parent, name);
        using var turn = await Turn.ToGenerate();
        await Cli.Dotnet(
            Work, ["new", "prodready-api", "-n", name, "-o", folder, .. options, "--debug:custom-hive", hive]);

        return new Project(folder);
    }

    [UnsupportedOSPlatform("windows")]
    private void PutOnPath()
    {
        var program = Path.Combine(Directory.CreateDirectory(Path.Combine(Work, "bin")).FullName, "dotnet");
        File.WriteAllText(program, $$"""
            #!/bin/sh
            [ "$1" != new ] || set -- "$@" --debug:custom-hive '{{FolderHive}}'
            PATH=${PATH#*:} exec dotnet "$@"
            """);
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
