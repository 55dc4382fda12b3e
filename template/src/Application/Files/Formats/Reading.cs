using System.Buffers.Binary;
using System.Text;

namespace ProdReady.Application.Files.Formats;

/// <summary>Primitives of the formats. A read beyond the end throws, so a file that is cut off is refused.</summary>
internal static class Reading
{
    public static void Expect(this BinaryReader file, ReadOnlySpan<byte> bytes)
    {
        foreach (var expected in bytes)
        {
            Require(file.ReadByte() == expected);
        }
    }

    public static void Require(bool isValid)
    {
        if (!isValid)
        {
            throw new InvalidDataException();
        }
    }

    public static string ReadName(this BinaryReader file)
    {
        Span<byte> name = stackalloc byte[4];
        file.BaseStream.ReadExactly(name);

        return Encoding.ASCII.GetString(name);
    }

    public static int ReadBigUInt16(this BinaryReader file) => BinaryPrimitives.ReverseEndianness(file.ReadUInt16());

    public static uint ReadBigUInt32(this BinaryReader file) => BinaryPrimitives.ReverseEndianness(file.ReadUInt32());

    public static int ReadUInt24(this BinaryReader file) => file.ReadUInt16() | (file.ReadByte() << 16);

    public static void Skip(this BinaryReader file, long count)
    {
        Require(count <= file.BaseStream.Length - file.BaseStream.Position);
        file.BaseStream.Position += count;
    }
}
