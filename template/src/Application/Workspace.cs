namespace ProdReady.Application;

/// <summary>
/// Where the files of the app are: on a development machine <c>.env</c> and <c>.data/</c> stand beside the solution file,
/// elsewhere in the folder of the app.
/// </summary>
internal static class Workspace
{
    private static readonly EnumerationOptions ReadableOnly = new() { IgnoreInaccessible = true };

    public static string PathOf(IHostEnvironment environment, params string[] parts)
    {
        var root = environment.ContentRootPath;
        for (var folder = new DirectoryInfo(root); environment.IsDevelopment() && folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.slnx", ReadableOnly).Any())
            {
                return Path.Combine([folder.FullName, .. parts]);
            }
        }

        return Path.Combine([root, .. parts]);
    }
}
