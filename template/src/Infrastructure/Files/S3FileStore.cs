using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ProdReady.Application.Files;

namespace ProdReady.Infrastructure.Files;

internal sealed class S3Options : IValidatableObject
{
    public const string Section = "S3";

    /// <summary>The bucket of the files. Empty: they are stored in Uploads:Directory.</summary>
    public string Bucket { get; init; } = "";

    /// <summary>Of a store other than Amazon S3, such as https://s3.example.</summary>
    public string ServiceUrl { get; init; } = "";

    public string Region { get; init; } = "us-east-1";

    /// <summary>Empty: the default credential chain of the SDK, such as the role of the machine.</summary>
    public string AccessKey { get; init; } = "";

    public string SecretKey { get; init; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (ServiceUrl.Length > 0 && !Uri.TryCreate(ServiceUrl, UriKind.Absolute, out _))
        {
            yield return new ValidationResult($"{Section}:ServiceUrl must be an address such as https://s3.example.");
        }

        if (AccessKey.Length > 0 != SecretKey.Length > 0)
        {
            yield return new ValidationResult(
                $"{Section}:AccessKey and {Section}:SecretKey must be set together; one of them is missing.");
        }
    }
}

/// <summary>A bucket of Amazon S3, or of a store with its protocol. It must not be public.</summary>
internal sealed class S3FileStore(IOptions<S3Options> options, ILogger<S3FileStore> logger) : IFileStore, IDisposable
{
    private readonly AmazonS3Client s3 = ClientOf(options.Value);
    private readonly string bucket = options.Value.Bucket;

    public void Dispose() => s3.Dispose();

    // Not every store supports chunked signatures (aws-chunked).
    public Task Keep(StoredName name, string path, CancellationToken ct) => Send(() => s3.PutObjectAsync(
        new PutObjectRequest { BucketName = bucket, Key = $"{name}", FilePath = path, UseChunkEncoding = false }, ct));

    public async Task<Stream?> Open(StoredName name, long size, CancellationToken ct)
    {
        try
        {
            await Send(() => s3.GetObjectMetadataAsync(bucket, $"{name}", ct));
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        return new S3Stream(size, (from, token) => Send(() => s3.GetObjectAsync(
            new GetObjectRequest { BucketName = bucket, Key = $"{name}", ByteRange = new ByteRange(from, size - 1) },
            token)));
    }

    public Task Remove(StoredName name, CancellationToken ct) =>
        Send(() => s3.DeleteObjectAsync(bucket, $"{name}", ct));

    public async IAsyncEnumerable<StoredName> List(
        string folder, DateTimeOffset before, [EnumeratorCancellation] CancellationToken ct)
    {
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = folder + "/" };
        await foreach (var item in s3.Paginators.ListObjectsV2(request).S3Objects.WithCancellation(ct))
        {
            if (Guid.TryParseExact(item.Key[request.Prefix.Length..], "N", out var id) && item.LastModified < before)
            {
                yield return new StoredName(folder, id);
            }
        }
    }

    public static AmazonS3Client ClientOf(S3Options options)
    {
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,
            // An upload with an Idempotency-Key waits for it with a database connection.
            Timeout = TimeSpan.FromSeconds(10),
            MaxErrorRetry = 1,
            // Many other stores reject the CRC checksums that the SDK sends by default.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.ServiceUrl.Length > 0)
        {
            config.ServiceURL = options.ServiceUrl;
            config.ForcePathStyle = true;
        }
        else
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        }

        return options.AccessKey.Length > 0 ? new(options.AccessKey, options.SecretKey, config) : new(config);
    }

    private async Task<T> Send<T>(Func<Task<T>> request)
    {
        try
        {
            return await request();
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or AmazonClientException
            || exception is AmazonServiceException { StatusCode: not HttpStatusCode.NotFound })
        {
            logger.LogWarning(exception, "File store unavailable, or it refused the request");

            throw new UnavailableException("File store temporarily unavailable.", exception);
        }
    }
}

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
