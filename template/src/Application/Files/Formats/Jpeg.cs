using static ProdReady.Application.Files.Formats.FileReader;

namespace ProdReady.Application.Files.Formats;

/// <summary>JPEG (ISO/IEC 10918-1, annex B): segments, then the image data, then a marker at its end.</summary>
internal static class Jpeg
{
    private const byte Marker = 0xFF;
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    public static long Measure(FileReader file)
    {
        file.Expect([Marker, StartOfImage]);

        var pixels = 0L;
        while (true)
        {
            var segment = NextMarker(file);
            Require(segment != EndOfImage);
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
                // Image data escapes each 0xFF with a zero, so the marker is unambiguous. Cameras append more data
                // after it, which is accepted.
                file.SkipPast([Marker, EndOfImage]);

                return pixels;
            }
        }
    }

    // SOF0 to SOF15, which have the dimensions; the other three markers in this range are tables.
    private static bool IsFrame(byte segment) => segment is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static byte NextMarker(FileReader file)
    {
        file.Expect([Marker]);
        byte marker;
        do
        {
            marker = file.ReadByte();
        }
        while (marker == Marker);

        return marker;
    }
}
