using System.Reflection.Metadata;

namespace ProdReady.Application;

/// <summary>
/// Where .env and .data/ are: beside .env.example in Development, whatever solution files there are, or beside the
/// nearest of these, in the same repository; else in the content root. The image, whose files are read-only, names a
/// folder by APP_WORKSPACE.
/// </summary>
internal static class Workspace
{
    private static readonly EnumerationOptions Readable = new()
    {
        IgnoreInaccessible = true,
        // A name that begins with a dot is hidden.
        AttributesToSkip = FileAttributes.None,
    };

    public static string PathOf(IHostEnvironment environment, params string[] parts)
    {
        if (Environment.GetEnvironmentVariable("APP_WORKSPACE") is { Length: > 0 } workspace)
        {
            return Path.Combine([workspace, .. parts]);
        }

        var root = new DirectoryInfo(environment.ContentRootPath);
        var folder = environment.IsDevelopment() ? Above(root) : null;

        return Path.Combine([(folder ?? root).FullName, .. parts]);
    }

    /// <returns>The folder of the project, or null.</returns>
    public static DirectoryInfo? Above(DirectoryInfo folder) =>
        Above(folder, ".env.example") ?? Above(folder, "*.slnx", "*.sln");

    // Not beyond .git, a folder or, in a worktree, a file: a file there belongs to another project.
    private static DirectoryInfo? Above(DirectoryInfo? folder, params string[] files) =>
        folder is null || files.Any(file => folder.EnumerateFiles(file, Readable).Any()) ? folder
        : Path.Exists(Path.Combine(folder.FullName, ".git")) ? null
        : Above(folder.Parent, files);
}

/// <summary>
/// A file that is embedded in the assembly, so it does not depend on the working directory. Under <c>dotnet watch</c>,
/// which does not rebuild after a change of it, it is read from the source folder each time.
/// </summary>
internal static class EmbeddedFile
{
    /// <summary>Whether the file can change while the app runs: only under dotnet watch or a debugger.</summary>
    public static bool CanChange => MetadataUpdater.IsSupported;

    /// <param name="path">Relative to the project folder, with slashes.</param>
    public static byte[] Read(string path)
    {
        if (CanChange && File.Exists(path))
        {
            return File.ReadAllBytes(path);
        }

        using var stream = typeof(EmbeddedFile).Assembly.GetManifestResourceStream(path)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);

        return content;
    }
}
