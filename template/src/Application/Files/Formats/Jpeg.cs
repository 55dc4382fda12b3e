using static ProdReady.Application.Files.Formats.FileReader;

namespace ProdReady.Application.Files.Formats;

/// <summary>
/// JPEG (ISO/IEC 10918-1, annex B): segments, then the image data, then a marker at its end. Phones append a second
/// picture or a film, which is accepted.
/// </summary>
internal static class Jpeg
{
    private const byte Marker = 0xFF;
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    public static long Measure(FileReader file)
    {
        file.Expect([Marker, StartOfImage]);
        Require(file.Peek(1) is [Marker]);

        var pixels = 0L;
        while (true)
        {
            var segment = NextMarker(file);
            Require(segment is not (StartOfImage or EndOfImage));
            // TEM, and RST0 to RST7: markers without a segment.
            if (segment is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue;
            }

            var end = file.Position + file.ReadBigUInt16();
            if (IsFrame(segment))
            {
                file.Skip(1);
                pixels = Math.Max(pixels, (long)file.ReadBigUInt16() * file.ReadBigUInt16());
            }

            file.Skip(end - file.Position);
            if (segment == StartOfScan)
            {
                Require(pixels > 0);
                // Image data escapes each 0xFF with a zero, so the marker is unambiguous.
                Require(file.TrySkipPast([Marker, EndOfImage]));

                return pixels;
            }
        }
    }

    // SOF0 to SOF15, which have the dimensions; the other three markers in this range are tables.
    private static bool IsFrame(byte segment) => segment is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    // As libjpeg does, and with it most viewers: skips stray, escaped and fill bytes before the marker.
    private static byte NextMarker(FileReader file)
    {
        var (last, next) = (file.ReadByte(), file.ReadByte());
        while (last != Marker || next is 0 or Marker)
        {
            (last, next) = (next, file.ReadByte());
        }

        return next;
    }
}
