using static ProdReady.Application.Files.Formats.FileReader;

namespace ProdReady.Application.Files.Formats;

/// <summary>PNG (ISO/IEC 15948): a signature, then chunks from IHDR to IEND.</summary>
internal static class Png
{
    public static long Measure(FileReader file)
    {
        file.Expect([0x89, .. "PNG\r\n"u8, 0x1A, 0x0A]);
        Require(file.ReadBigUInt32() == 13 && file.ReadText(4) == "IHDR");
        var pixels = (long)file.ReadBigUInt32() * file.ReadBigUInt32();
        Require(pixels > 0);
        file.Skip(9);

        var hasPicture = false;
        while (true)
        {
            var length = file.ReadBigUInt32();
            var name = file.ReadText(4);

            // The data of the chunk, and its CRC.
            file.Skip(length + 4);
            if (name == "IEND")
            {
                Require(hasPicture);

                return pixels;
            }

            hasPicture |= name == "IDAT" && length > 0;
        }
    }
}
