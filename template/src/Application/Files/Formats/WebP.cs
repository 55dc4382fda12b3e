using static ProdReady.Application.Files.Formats.FileReader;

namespace ProdReady.Application.Files.Formats;

/// <summary>WebP (RFC 9649): a RIFF container with images, and with a canvas if there is more than one.</summary>
internal static class WebP
{
    public static long Measure(FileReader file)
    {
        Require(file.ReadText(4) == "RIFF");
        var end = file.ReadUInt32() + 8L;
        Require(end <= file.Length && file.ReadText(4) == "WEBP");

        var (pixels, hasPicture) = (0L, false);
        while (file.Position < end)
        {
            var name = file.ReadText(4);
            var length = file.ReadUInt32();
            Require(file.Position + length <= end);
            // Some programs leave out the padding of the last chunk.
            var next = Math.Min(end, file.Position + length + (length % 2));
            pixels = Math.Max(pixels, PixelsOf(file, name));
            hasPicture |= name is "VP8 " or "VP8L" or "ANMF";
            file.Skip(next - file.Position);
        }

        Require(hasPicture && pixels > 0);

        return pixels;
    }

    private static long PixelsOf(FileReader file, string chunk)
    {
        switch (chunk)
        {
            // The size of the canvas, after the flags, or of an animation frame, after its position.
            case "VP8X" or "ANMF":
                file.Skip(chunk == "VP8X" ? 4 : 6);

                return (file.ReadUInt24() + 1L) * (file.ReadUInt24() + 1L);

            // A key frame (RFC 6386, section 9.1); the upper two bits of each size are a scale.
            case "VP8 ":
                file.Skip(3);
                file.Expect([0x9D, 0x01, 0x2A]);

                return (file.ReadUInt16() & 0x3FFFL) * (file.ReadUInt16() & 0x3FFFL);

            case "VP8L":
                file.Expect([0x2F]);
                var sizes = file.ReadUInt32();

                return ((sizes & 0x3FFF) + 1L) * (((sizes >> 14) & 0x3FFF) + 1L);

            default:
                return 0;
        }
    }
}
