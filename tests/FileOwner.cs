using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Web;

namespace ProdReadyTemplate.Tests;

/// <summary>A user of the sample, over HTTP. Links come from the demo page, which shows mails in Development.</summary>
internal sealed class FileOwner(string email)
{
    private const string Password = "seven green teapots sing";

    // One pixel. Bytes behind its end are accepted, so each file can be another one.
    private static readonly byte[] Gif =
        Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    private readonly Dictionary<string, string> hashes = [];
    private string token = "";

    public async Task SignUp(HttpClient client)
    {
        await Post(client, "auth/register", new { email, password = Password });
        var link = await MailedLink(client, "confirm-email", otherThan: "");
        await Post(client, "auth/confirm-email", new { email, token = Token(link) });
        await SignIn(client);
    }

    public async Task SignIn(HttpClient client, string password = Password) =>
        token = (await Post(client, "auth/login", new { email, password })).GetProperty("accessToken").GetString()!;

    /// <returns>The path of the ticket.</returns>
    public async Task<string> OpenTicket(HttpClient client) =>
        $"tickets/{(await Post(client, "tickets", new { title = "A ticket" })).GetProperty("id").GetString()}";

    /// <returns>The path of the file.</returns>
    public async Task<string> Upload(HttpClient client, string ticket)
    {
        byte[] content = [.. Gif, .. RandomNumberGenerator.GetBytes(2000)];
        using var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/gif");
        using var form = new MultipartFormDataContent { { file, "file", "a.gif" } };
        var stored = await Send(client, HttpMethod.Post, $"{ticket}/attachments", form);
        var path = $"{ticket}/attachments/{stored.GetProperty("id").GetString()}";
        hashes[path] = Convert.ToHexStringLower(SHA256.HashData(content));

        return path;
    }

    public async Task DownloadIsIntact(HttpClient client, string file)
    {
        await SignIn(client);
        using var request = Request(HttpMethod.Get, file);
        using var response = await client.SendAsync(request);
        var content = await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();

        Assert.Equal(hashes[file], Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    public Task Delete(HttpClient client, string path) => Send(client, HttpMethod.Delete, path, null);

    /// <summary>Asks for a link to reset the password, and waits for the mail.</summary>
    public async Task<string> ResetLink(HttpClient client)
    {
        var before = await NewestLink(client);
        await Post(client, "auth/forgot-password", new { email });

        return await MailedLink(client, "reset-password", before);
    }

    public async Task Reset(HttpClient client, string link)
    {
        const string newPassword = "eight red kettles whistle";
        await Post(client, "auth/reset-password", new { email, token = Token(link), newPassword });
        await SignIn(client, newPassword);
    }

    private static string Token(string link) => HttpUtility.ParseQueryString(new Uri(link).Query)["token"]!;

    private async Task<string> MailedLink(HttpClient client, string page, string otherThan)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (true)
        {
            var link = await NewestLink(client);
            if (link.Contains(page) && link != otherThan)
            {
                return link;
            }

            Assert.True(DateTime.UtcNow < deadline, $"No mail with a link to {page} came.");
            await Task.Delay(100);
        }
    }

    private async Task<string> NewestLink(HttpClient client)
    {
        using var response = await client.GetAsync($"/demo/mail?email={Uri.EscapeDataString(email)}");

        return response.StatusCode == HttpStatusCode.OK ? (await response.Content.ReadAsStringAsync()).Trim() : "";
    }

    private Task<JsonElement> Post(HttpClient client, string path, object body) =>
        Send(client, HttpMethod.Post, path, JsonContent.Create(body));

    private async Task<JsonElement> Send(HttpClient client, HttpMethod method, string path, HttpContent? content)
    {
        using var request = Request(method, path);
        request.Content = content;
        using var response = await client.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {answer}");

        return answer is "" ? default : JsonSerializer.Deserialize<JsonElement>(answer);
    }

    private HttpRequestMessage Request(HttpMethod method, string path) => new(method, $"/api/v1/{path}")
    {
        Headers = { Authorization = token is "" ? null : new AuthenticationHeaderValue("Bearer", token) },
    };
}
