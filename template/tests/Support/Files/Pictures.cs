using System.Buffers.Binary;

namespace ProdReady.Tests.Support.Files;

/// <summary>Files to upload: those in the folder Samples, and variants that no program writes.</summary>
internal static class Pictures
{
    public static byte[] Photo { get; } = Read("photo.png");

    public static byte[] Read(string name) =>
        File.ReadAllBytes(Repository.PathOf("tests", "Support", "Files", "Samples", name));

    /// <summary>The photo with a private chunk, so that the file has exactly this size.</summary>
    /// <param name="mark">Fills the chunk, so that files of the same size differ.</param>
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

    /// <summary>The photo, with other dimensions in its header.</summary>
    public static byte[] PngOf(uint width, uint height)
    {
        byte[] file = [.. Photo];
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(20), height);

        return file;
    }
}
