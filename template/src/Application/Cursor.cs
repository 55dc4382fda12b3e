using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace ProdReady.Application;

/// <summary>
/// The last row that a client has seen. The next page starts after it, whatever was inserted meanwhile; an offset
/// would repeat rows, and gets slower page by page.
/// </summary>
internal sealed record Cursor(DateTimeOffset CreatedAt, Guid Id)
{
    private const int Size = sizeof(long) + 16;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, CreatedAt.UtcTicks);
        Id.TryWriteBytes(bytes[sizeof(long)..]);

        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryParse(string? text, [NotNullWhen(true)] out Cursor? cursor)
    {
        cursor = null;
        Span<byte> bytes = stackalloc byte[Size];
        if (text is null || !Base64Url.IsValid(text, out var size) || size != Size
            || !Base64Url.TryDecodeFromChars(text, bytes, out _))
        {
            return false;
        }

        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (ticks < DateTimeOffset.MinValue.Ticks || ticks > DateTimeOffset.MaxValue.Ticks)
        {
            return false;
        }

        cursor = new Cursor(new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[sizeof(long)..]));

        return true;
    }
}
