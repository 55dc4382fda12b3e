namespace ProdReady.Tests.Support;

/// <summary>The source files of the solution.</summary>
internal static class Repository
{
    public static string PathOf(params string[] parts)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder.GetFiles("*.sln*").Length == 0)
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No solution file is above the tests.");
        }

        return Path.Combine([folder.FullName, .. parts]);
    }
}
