using ProdReady.Application;

namespace ProdReady.Tests.Support;

/// <summary>The source files of the solution.</summary>
internal static class Repository
{
    public static string PathOf(params string[] parts)
    {
        var folder = Workspace.Above(new DirectoryInfo(AppContext.BaseDirectory))
            ?? throw new DirectoryNotFoundException("Neither .env.example nor a solution file is above the tests.");

        return Path.Combine([folder.FullName, .. parts]);
    }
}
