using ProdReady.Application.Files.Formats;

namespace ProdReady.Application.Files;

/// <summary>
/// The kinds of files that are taken. To take another one, add a line here, and a check that recognises it from its
/// beginning to its end.
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

    /// <summary>By the last extension, which decides what opens the file; what the client says must agree.</summary>
    public static FileKind Of(string fileName, string? contentType)
    {
        var extension = Path.GetExtension(fileName);
        var kind = All.FirstOrDefault(
                kind => kind.Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
            ?? throw new UnsupportedFileException(
                $"Only files that end in {string.Join(", ", All.SelectMany(k => k.Extensions))} are taken.");

        return string.Equals(kind.ContentType, contentType, StringComparison.OrdinalIgnoreCase)
            ? kind
            : throw new UnsupportedFileException($"A file that ends in {extension} must be sent as {kind.ContentType}.");
    }
}

/// <param name="Measure">
/// Reads the file, without decoding it, and tells how many pixels it has. Throws where it is none of this kind, or not
/// all of it is there.
/// </param>
internal sealed record FileKind(string ContentType, string[] Extensions, Func<BinaryReader, long> Measure)
{
    public void Check(Stream file, long maxPixels)
    {
        try
        {
            using var reader = new BinaryReader(file, System.Text.Encoding.Latin1, leaveOpen: true);
            if (Measure(reader) > maxPixels)
            {
                throw new InvalidInputException("File", $"Must have at most {maxPixels} pixels.");
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new UnsupportedFileException(
                $"The content is no {Extensions[0][1..].ToUpperInvariant()} file, or not all of it is there.");
        }
    }
}
