using static ProdReady.Application.Files.Formats.FileReader;

namespace ProdReady.Application.Files.Formats;

/// <summary>PDF (ISO 32000): a header, and a trailer with the offset of the cross-reference table.</summary>
internal static class Pdf
{
    // Readers search the last 1,024 bytes for %%EOF.
    private const int TailLength = 1024;

    public static long Measure(FileReader file)
    {
        Require(file.ReadText(7) is "%PDF-1." or "%PDF-2.");
        file.Skip(Math.Max(0, file.Length - TailLength - file.Position));
        var tail = file.Read((int)(file.Length - file.Position));
        var table = tail.LastIndexOf("startxref"u8);
        Require(table >= 0 && tail[table..].IndexOf("%%EOF"u8) > 0);

        return 0;
    }
}
