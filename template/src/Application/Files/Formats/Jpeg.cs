using static ProdReady.Application.Files.Formats.Reading;

namespace ProdReady.Application.Files.Formats;

/// <summary>JPEG (ISO/IEC 10918-1, annex B): segments, then the image data, then a marker at its end.</summary>
internal static class Jpeg
{
    private const byte Marker = 0xFF;
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    public static long Measure(BinaryReader file)
    {
        file.Expect([Marker, StartOfImage]);

        var pixels = 0L;
        while (true)
        {
            var segment = NextMarker(file);
            Require(segment != EndOfImage);
            var length = file.ReadBigUInt16();
            Require(length >= 2);
            var rest = length - 2;
            if (IsFrame(segment))
            {
                file.Skip(1);
                pixels = Math.Max(pixels, (long)file.ReadBigUInt16() * file.ReadBigUInt16());
                rest -= 5;
            }

            file.Skip(rest);
            if (segment == StartOfScan)
            {
                Require(pixels > 0);
                SkipToEnd(file);

                return pixels;
            }
        }
    }

    // SOF0 to SOF15, which have the dimensions; the other three markers in this range are tables.
    private static bool IsFrame(byte segment) => segment is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static byte NextMarker(BinaryReader file)
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

    // Image data escapes each 0xFF with a zero, so the marker is unambiguous. Cameras append more data after it, which
    // is accepted.
    private static void SkipToEnd(BinaryReader file)
    {
        byte before;
        var current = file.ReadByte();
        do
        {
            before = current;
            current = file.ReadByte();
        }
        while (before != Marker || current != EndOfImage);
    }
}
