using System.Reflection.Metadata;

namespace ProdReady.Application;

/// <summary>
/// A file of the source folder that is embedded in the program, and so is there whatever folder the app runs in. Under
/// <c>dotnet watch</c>, which does not rebuild for it, it is read from the source folder each time.
/// </summary>
internal static class EmbeddedFile
{
    /// <summary>Whether the file may be another one at the next read: only under dotnet watch or a debugger.</summary>
    public static bool CanChange => MetadataUpdater.IsSupported;

    /// <param name="path">From the project's folder, with slashes.</param>
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
