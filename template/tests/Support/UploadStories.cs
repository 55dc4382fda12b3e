using System.Net.Http.Headers;
using System.Text;

namespace ProdReady.Tests.Support;

internal static class UploadStories
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

        return await client.SendAsync(request, Stories.Ct);
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

    // Headers of parts are written byte for byte.
    private static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
