using static ProdReady.Application.Files.Formats.Reading;

namespace ProdReady.Application.Files.Formats;

/// <summary>PDF (ISO 32000): a header, and a trailer with the offset of the cross-reference table.</summary>
internal static class Pdf
{
    // Readers search the last 1,024 bytes for %%EOF.
    private const int TailLength = 1024;

    public static long Measure(BinaryReader file)
    {
        file.Expect("%PDF-"u8);
        Require(file.ReadByte() is (byte)'1' or (byte)'2');
        file.Expect("."u8);

        var length = file.BaseStream.Length;
        file.BaseStream.Position = Math.Max(0, length - TailLength);
        var tail = file.ReadBytes(TailLength).AsSpan();
        var table = tail.LastIndexOf("startxref"u8);
        Require(table >= 0 && tail[table..].IndexOf("%%EOF"u8) > 0);

        return 0;
    }
}
