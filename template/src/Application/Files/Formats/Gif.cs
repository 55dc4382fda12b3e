using static ProdReady.Application.Files.Formats.FileReader;

namespace ProdReady.Application.Files.Formats;

/// <summary>GIF (GIF89a specification): a screen, then images and extensions in blocks, then a trailer.</summary>
internal static class Gif
{
    private const byte Extension = 0x21;
    private const byte Picture = 0x2C;
    private const byte Trailer = 0x3B;

    public static long Measure(FileReader file)
    {
        Require(file.ReadText(6) is "GIF87a" or "GIF89a");
        var pixels = (long)file.ReadUInt16() * file.ReadUInt16();
        var flags = file.ReadByte();
        file.Skip(2);
        SkipColours(file, flags);

        var hasPicture = false;
        while (true)
        {
            switch (file.ReadByte())
            {
                case Extension:
                    file.Skip(1);
                    SkipBlocks(file);
                    break;

                case Picture:
                    file.Skip(4);
                    pixels = Math.Max(pixels, (long)file.ReadUInt16() * file.ReadUInt16());
                    SkipColours(file, file.ReadByte());
                    file.Skip(1);
                    SkipBlocks(file);
                    hasPicture = true;
                    break;

                // Some programs end a block twice.
                case 0:
                    break;

                case Trailer:
                    Require(hasPicture && pixels > 0);

                    return pixels;

                default:
                    throw new InvalidDataException();
            }
        }
    }

    private static void SkipColours(FileReader file, byte flags)
    {
        if ((flags & 0x80) != 0)
        {
            file.Skip(3 << ((flags & 0x07) + 1));
        }
    }

    private static void SkipBlocks(FileReader file)
    {
        while (file.ReadByte() is var length and > 0)
        {
            file.Skip(length);
        }
    }
}
