namespace ProdReady.Tests.Support;

/// <summary>The files that the tests were built from.</summary>
internal static class Repository
{
    public static string PathOf(params string[] parts)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder.GetFiles("*.slnx").Length == 0)
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests do not lie below the solution.");
        }

        return Path.Combine([folder.FullName, .. parts]);
    }
}
