using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>A user of a running app, over HTTP. Each call says which instance it goes to.</summary>
internal sealed partial class Visitor(Mailbox mailbox, string? email = null)
{
    public const string Password = "seven green teapots sing";

    // One pixel. Bytes behind its end are accepted, so each file can be another one.
    private static readonly byte[] Gif =
        Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    private readonly Dictionary<string, string> hashes = [];

    public string Email { get; } = email ?? $"user-{Guid.NewGuid():N}@example.com";

    /// <summary>What its calls carry once it has signed in.</summary>
    public AuthenticationHeaderValue? Bearer { get; private set; }

    /// <summary>Registers, follows the link in the mail and signs in.</summary>
    public async Task SignUp(HttpClient client)
    {
        await Post(client, "auth/register", new { email = Email, password = Password });
        var token = await MailedToken("confirm-email");
        await Post(client, "auth/confirm-email", new { email = Email, token });
        await SignIn(client);
    }

    public async Task SignIn(HttpClient client, string password = Password)
    {
        var tokens = await Post(client, "auth/login", new { email = Email, password });
        Bearer = new("Bearer", tokens.GetProperty("accessToken").GetString());
    }

    /// <summary>Asks for a link to reset the password, and waits for the mail.</summary>
    /// <returns>The token in the link.</returns>
    public async Task<string> AskForReset(HttpClient client)
    {
        var before = Token(await mailbox(Email), "reset-password");
        await Post(client, "auth/forgot-password", new { email = Email });

        return await MailedToken("reset-password", before);
    }

    public async Task Reset(HttpClient client, string token)
    {
        const string newPassword = "eight red kettles whistle";
        await Post(client, "auth/reset-password", new { email = Email, token, newPassword });
        await SignIn(client, newPassword);
    }

    /// <returns>The path of the ticket.</returns>
    public async Task<string> OpenTicket(HttpClient client, string description = "")
    {
        var ticket = await Post(client, "tickets", new { title = "Printer is on fire", description });

        return $"tickets/{ticket.GetProperty("id").GetString()}";
    }

    /// <returns>The path of the file.</returns>
    public async Task<string> Upload(HttpClient client, string ticket)
    {
        byte[] content = [.. Gif, .. RandomNumberGenerator.GetBytes(2000)];
        var stored = await Read(await TryUpload(client, ticket, content, "image/gif"));
        var path = $"{ticket}/attachments/{stored.GetProperty("id").GetString()}";
        hashes[path] = Convert.ToHexStringLower(SHA256.HashData(content));

        return path;
    }

    public async Task DownloadIsIntact(HttpClient client, string file)
    {
        await SignIn(client);
        using var response = await Try(client, HttpMethod.Get, file);
        var content = await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();

        Assert.Equal(hashes[file], Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    public async Task<JsonElement> Get(HttpClient client, string path) =>
        await Read(await Try(client, HttpMethod.Get, path));

    public async Task<JsonElement> Post(HttpClient client, string path, object body) =>
        await Read(await Try(client, HttpMethod.Post, path, JsonContent.Create(body)));

    public async Task Delete(HttpClient client, string path) => await Read(await Try(client, HttpMethod.Delete, path));

    /// <returns>The answer, whatever it is.</returns>
    public Task<HttpResponseMessage> TrySignIn(HttpClient client) =>
        Try(client, HttpMethod.Post, "auth/login", JsonContent.Create(new { email = Email, password = Password }));

    /// <returns>The answer, whatever it is.</returns>
    public Task<HttpResponseMessage> TryUpload(HttpClient client, string ticket, byte[] content, string type)
    {
        var file = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        var name = $"file.{type.Split('/')[1]}";

        return Try(
            client, HttpMethod.Post, $"{ticket}/attachments", new MultipartFormDataContent { { file, "file", name } });
    }

    /// <returns>The token in the newest link to a page.</returns>
    public async Task<string> MailedToken(string page, string otherThan = "")
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (true)
        {
            var token = Token(await mailbox(Email), page);
            if (token is not "" && token != otherThan)
            {
                return token;
            }

            Assert.True(DateTime.UtcNow < deadline, $"No mail with a link to {page} came.");
            await Task.Delay(100);
        }
    }

    private async Task<HttpResponseMessage> Try(
        HttpClient client, HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1/{path}") { Content = content };
        request.Headers.Authorization = Bearer;

        return await client.SendAsync(request);
    }

    private static async Task<JsonElement> Read(HttpResponseMessage response)
    {
        using var answer = response;
        var (text, request) = (await answer.Content.ReadAsStringAsync(), answer.RequestMessage!);
        Assert.True(
            answer.IsSuccessStatusCode, $"{request.Method} {request.RequestUri}: {(int)answer.StatusCode} {text}");

        return text is "" ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    private static string Token(string mail, string page) =>
        Links().Matches(mail).FirstOrDefault(link => link.Groups["page"].Value == page)?.Groups["token"].Value ?? "";

    [GeneratedRegex(@"(?<page>[\w-]+)\?\S*token=(?<token>[\w-]{20,})")]
    private static partial Regex Links();
}
