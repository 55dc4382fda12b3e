using System.Buffers.Binary;

namespace ProdReady.Tests.Support;

/// <summary>Files to send: those in the folder Files, and some that no program would write.</summary>
internal static class Pictures
{
    public static byte[] Photo { get; } = Read("photo.png");

    public static byte[] Read(string name) => File.ReadAllBytes(Repository.PathOf("tests", "Support", "Samples", name));

    /// <summary>The photo, with something in a chunk of its own, so that the file is just so long.</summary>
    /// <param name="mark">Makes two of the same length differ.</param>
    public static byte[] Png(int size, byte mark = 0)
    {
        const int EndLength = 12;
        var content = size - Photo.Length - 12;
        var file = new byte[size];
        Photo.AsSpan(..^EndLength).CopyTo(file);
        var chunk = file.AsSpan(Photo.Length - EndLength);
        BinaryPrimitives.WriteInt32BigEndian(chunk, content);
        "prIv"u8.CopyTo(chunk[4..]);
        chunk.Slice(8, content).Fill(mark);
        Photo.AsSpan(^EndLength..).CopyTo(chunk[(content + 12)..]);

        return file;
    }

    /// <summary>The photo, and a header that claims to be larger.</summary>
    public static byte[] PngOf(uint width, uint height)
    {
        byte[] file = [.. Photo];
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(20), height);

        return file;
    }
}
