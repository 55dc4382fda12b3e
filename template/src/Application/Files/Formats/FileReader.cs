using System.Buffers.Binary;

namespace ProdReady.Application.Files.Formats;

/// <summary>
/// Reads a file through a buffer, so a block costs nanoseconds and no system call. A read beyond the end
/// throws InvalidDataException, so a file that is cut off is refused.
/// </summary>
internal sealed class FileReader(Stream file, CancellationToken ct)
{
    private readonly byte[] buffer = new byte[32 * 1024];
    private int start;
    private int end;

    private long blocks;

    public long Length { get; } = file.Length;

    public long Position { get; private set; }

    public static void Require(bool isValid)
    {
        if (!isValid)
        {
            throw new InvalidDataException();
        }
    }

    /// <returns>The next bytes, until the next read.</returns>
    public ReadOnlySpan<byte> Read(int count)
    {
        var bytes = Peek(count);
        Require(bytes.Length == count);
        start += count;
        Position += count;

        return bytes;
    }

    /// <returns>The next bytes, fewer at the end of the file. They stay the next.</returns>
    public ReadOnlySpan<byte> Peek(int count)
    {
        count = (int)Math.Min(count, Length - Position);
        if (count > end - start)
        {
            Fill(count);
        }

        return buffer.AsSpan(start, count);
    }

    public byte ReadByte()
    {
        if (start == end)
        {
            Fill(1);
        }

        Position++;

        return buffer[start++];
    }

    public int ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Read(2));

    public int ReadUInt24() => ReadUInt16() | (ReadByte() << 16);

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Read(4));

    public int ReadBigUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Read(2));

    public uint ReadBigUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Read(4));

    public string ReadText(int length) => Encoding.Latin1.GetString(Read(length));

    public void Expect(ReadOnlySpan<byte> bytes) => Require(Read(bytes.Length).SequenceEqual(bytes));

    /// <summary>Skips the content of a block.</summary>
    public void Skip(long count)
    {
        // More than programs write: a GIF has a block for each 255 bytes. A crafted file has millions of empty ones.
        Require(++blocks <= 250_000 + (Length / 100) && count >= 0 && count <= Length - Position);
        start = (int)Math.Min(end, start + count);
        Position += count;
    }

    /// <summary>Skips to the end of the next occurrence of these bytes; false if there is none.</summary>
    public bool TrySkipPast(ReadOnlySpan<byte> bytes)
    {
        int index;
        while ((index = buffer.AsSpan(start..end).IndexOf(bytes)) < 0)
        {
            // The last bytes of the buffer may be the first of an occurrence.
            Skip(Math.Max(0, end - start - (bytes.Length - 1)));
            if (Length - Position < bytes.Length)
            {
                return false;
            }

            Fill(bytes.Length);
        }

        Skip(index + bytes.Length);

        return true;
    }

    /// <summary>Goes on at an earlier position.</summary>
    public void Return(long position) => (Position, start, end) = (position, 0, 0);

    private void Fill(int count)
    {
        ct.ThrowIfCancellationRequested();
        Require(count <= Length - Position);
        file.Position = Position;
        (start, end) = (0, file.ReadAtLeast(buffer, count));
    }
}
