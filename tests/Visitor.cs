using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>A user of a running project.</summary>
/// <param name="mails">The folder in which the project writes its mails.</param>
internal sealed partial class Visitor(string mails)
{
    public const string Password = "seven green teapots sing";

    private AuthenticationHeaderValue? bearer;

    public string Email { get; } = $"user-{Guid.NewGuid():N}@example.com";

    public async Task SignUp(HttpClient client)
    {
        await Send(client, HttpMethod.Post, "auth/register", new { email = Email, password = Password });
        var token = Token().Match(await Mail()).Groups[1].Value;
        await Send(client, HttpMethod.Post, "auth/confirm-email", new { email = Email, token });
        await SignIn(client);
    }

    public async Task SignIn(HttpClient client)
    {
        var tokens = await Send(client, HttpMethod.Post, "auth/login", new { email = Email, password = Password });
        bearer = new("Bearer", tokens.GetProperty("accessToken").GetString());
    }

    public Task<JsonElement> Get(HttpClient client, string path) => Send(client, HttpMethod.Get, path, null);

    public Task<JsonElement> Post(HttpClient client, string path, object? body) =>
        Send(client, HttpMethod.Post, path, body);

    private async Task<JsonElement> Send(HttpClient client, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1/{path}")
        {
            Content = body as HttpContent ?? (body is null ? null : JsonContent.Create(body)),
        };
        request.Headers.Authorization = bearer;
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");

        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    private async Task<string> Mail()
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            var texts = Directory.Exists(mails) ? Directory.GetFiles(mails, "*.eml").Select(File.ReadAllText) : [];
            if (texts.FirstOrDefault(text => text.Contains($"To: {Email}") && Token().IsMatch(text)) is { } mail)
            {
                return mail;
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"No mail to {Email}");
    }

    [GeneratedRegex(@"token=([\w-]{20,})")]
    private static partial Regex Token();
}
