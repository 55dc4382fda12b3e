using System.Buffers.Binary;
using System.Net.Sockets;
using ProdReady.Application.Files;

namespace ProdReady.Infrastructure.Files;

internal sealed class ClamAvOptions
{
    public const string Section = "ClamAv";

    /// <summary>The address of clamd. Empty: files are not scanned.</summary>
    public string Host { get; init; } = "";

    [Range(1, 65535)]
    public int Port { get; init; } = 3310;

    /// <summary>For the verdict on one file. After it the file is refused.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>
/// The command INSTREAM of clamd(8): the file in chunks, each after its length; a length of zero; one line as the
/// reply.
/// </summary>
internal sealed class ClamAv(IOptions<ClamAvOptions> options, ILogger<ClamAv> logger) : IUploadScanner
{
    private const int ChunkSize = 16 * 1024;
    private const int MaxReplyBytes = 1024;

    public async Task<string?> Scan(Stream file, CancellationToken ct)
    {
        if (options.Value.Host.Length == 0)
        {
            return null;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(options.Value.Timeout);
        var (reply, failure) = ("", (Exception?)null);
        try
        {
            reply = await Send(file, timeout.Token);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested
            && exception is (SocketException or IOException or OperationCanceledException))
        {
            failure = exception;
        }

        if (reply == "stream: OK")
        {
            return null;
        }

        if (reply.EndsWith(" FOUND", StringComparison.Ordinal))
        {
            return reply["stream: ".Length..^" FOUND".Length];
        }

        logger.LogWarning(failure, "Virus scanner unavailable; reply {Reply}; the upload is refused", reply);

        throw new UnavailableException("Virus scanner temporarily unavailable.", failure ?? new IOException(reply));
    }

    private async Task<string> Send(Stream file, CancellationToken ct)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(options.Value.Host, options.Value.Port, ct);
        await using var clamd = client.GetStream();

        await clamd.WriteAsync("zINSTREAM\0"u8.ToArray(), ct);
        var chunk = new byte[sizeof(int) + ChunkSize];
        int count;
        do
        {
            count = await file.ReadAsync(chunk.AsMemory(sizeof(int)), ct);
            BinaryPrimitives.WriteInt32BigEndian(chunk, count);
            await clamd.WriteAsync(chunk.AsMemory(0, sizeof(int) + count), ct);
        }
        while (count > 0);

        var reply = new byte[MaxReplyBytes];
        var length = await clamd.ReadAtLeastAsync(reply, MaxReplyBytes, throwOnEndOfStream: false, ct);

        return Encoding.UTF8.GetString(reply, 0, length).TrimEnd('\0', '\n');
    }
}
