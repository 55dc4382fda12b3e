using Amazon.S3.Model;

namespace ProdReady.Infrastructure.Files;

/// <summary>An object of the store that can seek: a read after a seek is a GET with a Range.</summary>
internal sealed class S3Stream(long length, Func<long, CancellationToken, Task<GetObjectResponse>> open) : Stream
{
    private GetObjectResponse? response;
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
    {
        if (position >= length)
        {
            return 0;
        }

        response ??= await open(position, ct);
        var count = await response.ResponseStream.ReadAsync(buffer, ct);
        position += count;

        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken ct) =>
        ReadAsync(buffer.AsMemory(offset, count), ct).AsTask();

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = offset + (origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => position,
            _ => length,
        });
        if (target != position)
        {
            response?.Dispose();
            response = null;
            position = target;
        }

        return position;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            response?.Dispose();
        }

        base.Dispose(disposing);
    }
}
