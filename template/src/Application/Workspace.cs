namespace ProdReady.Application;

/// <summary>
/// Where the files of the app are: on a development machine <c>.env</c> and <c>.data/</c> are beside the solution file,
/// elsewhere in the content root.
/// </summary>
internal static class Workspace
{
    private static readonly EnumerationOptions ReadableOnly = new() { IgnoreInaccessible = true };

    public static string PathOf(IHostEnvironment environment, params string[] parts)
    {
        var root = new DirectoryInfo(environment.ContentRootPath);
        var folder = environment.IsDevelopment() ? root : null;
        while (folder is not null && !folder.EnumerateFiles("*.slnx", ReadableOnly).Any())
        {
            folder = folder.Parent;
        }

        return Path.Combine([(folder ?? root).FullName, .. parts]);
    }
}
