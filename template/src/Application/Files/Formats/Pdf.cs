using static ProdReady.Application.Files.Formats.FileReader;

namespace ProdReady.Application.Files.Formats;

/// <summary>
/// PDF (ISO 32000): a header, objects, and a trailer with the offset of the cross-reference table. Other bytes before
/// and behind, which servers and mail programs add, are accepted.
/// </summary>
internal static class Pdf
{
    // Viewers search the first 1,024 bytes for the header.
    private const int HeadLength = 1024;

    public static long Measure(FileReader file)
    {
        var head = file.Peek(2 * HeadLength);
        var header = head.IndexOf("%PDF-"u8);
        Require(header is >= 0 and < HeadLength && head[(header + 5)..] is [(byte)'1' or (byte)'2', (byte)'.', ..]);
        // A linearized file has its first trailer near the beginning, with the offset 0, before most of its pages.
        var isLinearized = head.IndexOf("/Linearized"u8) >= 0;
        Require(file.TrySkipPast(" obj"u8));

        var end = 0L;
        while (file.TrySkipPast("startxref"u8))
        {
            var offset = file.Peek(64);
            offset = offset[..Math.Max(0, offset.IndexOf("%%EOF"u8))];
            end = offset.ContainsAnyInRange((byte)(isLinearized ? '1' : '0'), (byte)'9') ? file.Position : end;
        }

        Require(end > 0);
        file.Return(end);
        // Objects behind the last trailer belong to an update of the file that is cut off. "10 objects" is text.
        while (file.TrySkipPast("0 obj"u8))
        {
            Require(file.Peek(1) is [>= (byte)'a' and <= (byte)'z']);
        }

        return 0;
    }
}
