using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Files;

namespace ProdReady.Tests.Support.Files;

internal static class UploadScenarios
{
    public static Task<HttpResponseMessage> Upload(
        this HttpClient client,
        string path,
        byte[] content,
        string fileName = "photo.png",
        string? contentType = "image/png",
        string? key = null) => client.Upload(path, Form(content, fileName, contentType), key);

    public static async Task<HttpResponseMessage> Upload(
        this HttpClient client, string path, HttpContent form, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await client.SendAsync(request, Scenarios.Ct);
    }

    public static MultipartFormDataContent Form(
        byte[] content, string fileName = "photo.png", string? contentType = "image/png", string name = "file")
    {
        // As browsers write it: UTF-8 in quotes.
        var part = new ByteArrayContent(content);
        var quoted = fileName.Replace("\"", "%22");
        part.Headers.TryAddWithoutValidation(
            "Content-Disposition", $"form-data; name=\"{name}\"; filename=\"{Latin(quoted)}\"");
        part.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);

        return new MultipartFormDataContent($"----{Guid.NewGuid():N}") { part };
    }

    /// <summary>A body that is written by hand.</summary>
    public static HttpContent RawForm(string body, string boundary = "XX")
    {
        var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", $"multipart/form-data; boundary={boundary}");

        return content;
    }

    /// <summary>Sends an upload by hand, with the boundary XX, and possibly only its beginning.</summary>
    public static async Task<NetworkStream> BeginUpload(
        this Scenarios.Session session, string path, string headers, string body)
    {
        var address = session.Client.BaseAddress!;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port, Scenarios.Ct);
        var stream = new NetworkStream(socket, ownsSocket: true);
        var request = $"POST {path} HTTP/1.1\r\nHost: localhost\r\n"
            + $"Authorization: Bearer {session.AccessToken}\r\n"
            + $"Content-Type: multipart/form-data; boundary=XX\r\n{headers}\r\n{body}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Scenarios.Ct);

        return stream;
    }

    /// <summary>The beginning of the answer to an upload that was sent by hand.</summary>
    public static async Task<string> ReadAnswer(this NetworkStream connection)
    {
        var (answer, length) = (new byte[4096], 0);
        try
        {
            while (length < 600
                && await connection.ReadAsync(answer.AsMemory(length), Scenarios.Ct) is var count and > 0)
            {
                length += count;
            }
        }
        catch (IOException) when (length > 0)
        {
            // The server closes a connection whose body it has not read to the end.
        }

        return Encoding.UTF8.GetString(answer, 0, length);
    }

    /// <summary>The files on disk of uploads that are not kept yet.</summary>
    public static IEnumerable<string> Incoming(this App app) => app.Contents("incoming");

    /// <param name="folder">The name of the table of the files.</param>
    /// <returns>The files on disk.</returns>
    public static IEnumerable<string> Contents(this App app, string folder)
    {
        var root = Path.Combine(app.Folder, ".data", "uploads", folder);

        return Directory.Exists(root) ? Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories) : [];
    }

    /// <summary>Where the content of a file lies on disk.</summary>
    public static string ContentOf(this App app, string folder, Guid id) =>
        Path.Combine(app.Folder, ".data", "uploads", folder, $"{id:N}"[^2..], $"{id:N}");

    /// <summary>Runs the job once, with all files as old as it needs them: it marks what has lost its row.</summary>
    public static Task<int> RemoveOrphans(this App app) => app.RemoveOrphans(later: TimeSpan.FromHours(2));

    /// <summary>Runs the job as if it were later by so much.</summary>
    /// <returns>The number of removed files.</returns>
    public static Task<int> RemoveOrphans(this App app, TimeSpan later) =>
        ActivatorUtilities.CreateInstance<OrphanedFiles>(app.Services, new LaterClock(later)).Remove(Scenarios.Ct);

    // Headers of parts are written byte for byte.
    private static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private sealed class LaterClock(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + later;
    }
}
