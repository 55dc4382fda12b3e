namespace ProdReady.Infrastructure;

/// <summary>
/// Where the files of a development machine lie: <c>.env</c> and <c>.data/</c>, beside the solution file.
/// </summary>
internal static class Workspace
{
    public static string PathOf(IHostEnvironment environment, params string[] parts)
    {
        var root = new DirectoryInfo(environment.ContentRootPath);
        for (var folder = root; folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.slnx").Any())
            {
                root = folder;
                break;
            }
        }

        return Path.Combine([root.FullName, .. parts]);
    }
}
