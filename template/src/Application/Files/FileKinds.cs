using ProdReady.Application.Files.Formats;

namespace ProdReady.Application.Files;

/// <summary>
/// The supported kinds of files. A new kind needs a line here, and a check that finds what is cut off: it follows the
/// structure of the format to the end marker. What viewers ignore, before, between and behind, it ignores too.
/// </summary>
internal static class FileKinds
{
    private static readonly FileKind[] All =
    [
        new("image/png", ["image/x-png"], [".png"], Png.Measure),
        new("image/jpeg", ["image/jpg", "image/pjpeg"], [".jpg", ".jpeg", ".jpe", ".jfif"], Jpeg.Measure),
        new("image/gif", [], [".gif"], Gif.Measure),
        new("image/webp", [], [".webp"], WebP.Measure),
        new("application/pdf", ["application/x-pdf"], [".pdf"], Pdf.Measure),
    ];

    private static readonly string[] Unknown = ["", "*/*", "application/octet-stream"];

    public static IEnumerable<string> ContentTypes => All.Select(kind => kind.ContentType);

    /// <summary>By the last extension, which decides the program that opens the file; the type must agree.</summary>
    /// <param name="contentType">Null if the client declares none.</param>
    public static FileKind Of(string fileName, string? contentType)
    {
        var extension = Path.GetExtension(fileName);
        var kind = All.FirstOrDefault(
                kind => kind.Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
            ?? throw new UnsupportedFileException(
                $"The extension must be one of {string.Join(", ", All.SelectMany(k => k.Extensions))}.");

        // Many clients know no types; Android apps declare what they asked the gallery for, image/*.
        string[] types = [kind.ContentType, .. kind.OldTypes, $"{kind.ContentType.Split('/')[0]}/*", .. Unknown];

        return types.Contains(contentType ?? "", StringComparer.OrdinalIgnoreCase)
            ? kind
            : throw new UnsupportedFileException($"The type of a {extension} file must be {kind.ContentType}.");
    }
}

/// <param name="OldTypes">Other names of the type, which old programs declare.</param>
/// <param name="Measure">
/// Parses the file without decoding it, and returns its number of pixels. Throws InvalidDataException or
/// EndOfStreamException if it is not a complete file of this kind.
/// </param>
internal sealed record FileKind(
    string ContentType, string[] OldTypes, string[] Extensions, Func<FileReader, long> Measure)
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
