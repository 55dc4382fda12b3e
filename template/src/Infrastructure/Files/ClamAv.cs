using System.Buffers.Binary;
using System.ComponentModel.DataAnnotations;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;
using ProdReady.Application.Files;

namespace ProdReady.Infrastructure.Files;

internal sealed class ClamAvOptions
{
    public const string Section = "ClamAv";

    /// <summary>Where clamd listens. Empty: nothing is scanned.</summary>
    public string Host { get; init; } = "";

    [Range(1, 65535)]
    public int Port { get; init; } = 3310;

    /// <summary>After so long without a verdict the file is refused.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>
/// Asks clamd, with its command INSTREAM: pieces, each behind its length, a length of zero, and one line for an answer
/// (clamd(8)).
/// </summary>
internal sealed class ClamAv(IOptions<ClamAvOptions> options, ILogger<ClamAv> logger) : IUploadScanner
{
    private const int PieceSize = 16 * 1024;
    private const int MaxAnswerBytes = 1024;

    public async Task<string?> Scan(Stream file, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(options.Value.Timeout);
        string answer;
        try
        {
            answer = await Ask(file, timeout.Token);
        }
        catch (Exception exception) when (IsAbsence(exception) && !ct.IsCancellationRequested)
        {
            logger.LogWarning(exception, "The virus scanner does not answer, so no file is let in");

            throw new UnavailableException("Files cannot be checked at the moment.", exception);
        }

        if (answer == "stream: OK")
        {
            return null;
        }

        if (answer.EndsWith(" FOUND", StringComparison.Ordinal))
        {
            return answer["stream: ".Length..^" FOUND".Length];
        }

        logger.LogWarning("The virus scanner answers {Answer}, so no file is let in", answer);

        throw new UnavailableException("Files cannot be checked at the moment.");
    }

    private async Task<string> Ask(Stream file, CancellationToken ct)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(options.Value.Host, options.Value.Port, ct);
        await using var clamd = client.GetStream();

        await clamd.WriteAsync("zINSTREAM\0"u8.ToArray(), ct);
        var piece = new byte[sizeof(int) + PieceSize];
        int count;
        do
        {
            count = await file.ReadAsync(piece.AsMemory(sizeof(int)), ct);
            BinaryPrimitives.WriteInt32BigEndian(piece, count);
            await clamd.WriteAsync(piece.AsMemory(0, sizeof(int) + count), ct);
        }
        while (count > 0);

        var answer = new byte[MaxAnswerBytes];
        var length = await clamd.ReadAtLeastAsync(answer, MaxAnswerBytes, throwOnEndOfStream: false, ct);

        return Encoding.UTF8.GetString(answer, 0, length).TrimEnd('\0', '\n');
    }

    private static bool IsAbsence(Exception exception) =>
        exception is SocketException or IOException or OperationCanceledException;
}
