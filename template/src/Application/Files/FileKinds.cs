using ProdReady.Application.Files.Formats;

namespace ProdReady.Application.Files;

/// <summary>
/// The supported kinds of files. A new kind needs a line here, and a check that parses the format from the first byte
/// to the end marker.
/// </summary>
internal static class FileKinds
{
    private static readonly FileKind[] All =
    [
        new("image/png", [".png"], Png.Measure),
        new("image/jpeg", [".jpg", ".jpeg"], Jpeg.Measure),
        new("image/gif", [".gif"], Gif.Measure),
        new("image/webp", [".webp"], WebP.Measure),
        new("application/pdf", [".pdf"], Pdf.Measure),
    ];

    public static IEnumerable<string> ContentTypes => All.Select(kind => kind.ContentType);

    /// <summary>By the last extension, which decides the program that opens the file; the type must agree.</summary>
    public static FileKind Of(string fileName, string? contentType)
    {
        var extension = Path.GetExtension(fileName);
        var kind = All.FirstOrDefault(
                kind => kind.Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
            ?? throw new UnsupportedFileException(
                $"The extension must be one of {string.Join(", ", All.SelectMany(k => k.Extensions))}.");

        return string.Equals(kind.ContentType, contentType, StringComparison.OrdinalIgnoreCase)
            ? kind
            : throw new UnsupportedFileException($"The type of a {extension} file must be {kind.ContentType}.");
    }
}

/// <param name="Measure">
/// Parses the file without decoding it, and returns its number of pixels. Throws InvalidDataException or
/// EndOfStreamException if it is not a complete file of this kind.
/// </param>
internal sealed record FileKind(string ContentType, string[] Extensions, Func<FileReader, long> Measure)
{
    public void Check(Stream file, long maxPixels, CancellationToken ct)
    {
        try
        {
            if (Measure(new FileReader(file, ct)) > maxPixels)
            {
                throw new InvalidInputException("File", $"Must have at most {maxPixels} pixels.");
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new UnsupportedFileException(
                $"The content is not a complete {Extensions[0][1..].ToUpperInvariant()} file.");
        }
    }
}

/// <summary>The name, the declared type and the content are not those of one supported kind: 415.</summary>
internal sealed class UnsupportedFileException(string message) : Exception(message);
