namespace ProdReady.Application;

/// <summary>
/// Where the files of a development machine lie: <c>.env</c> and <c>.data/</c>, beside the solution file. On any other
/// machine it is the folder of the app, whatever lies above that.
/// </summary>
internal static class Workspace
{
    public static string PathOf(IHostEnvironment environment, params string[] parts)
    {
        var root = new DirectoryInfo(environment.ContentRootPath);
        for (var folder = root; environment.IsDevelopment() && folder is not null; folder = folder.Parent)
        {
            if (HasSolution(folder))
            {
                root = folder;
                break;
            }
        }

        return Path.Combine([root.FullName, .. parts]);
    }

    // Not every folder above may be looked into.
    private static bool HasSolution(DirectoryInfo folder) =>
        folder.EnumerateFiles("*.slnx", new EnumerationOptions { IgnoreInaccessible = true }).Any();
}
