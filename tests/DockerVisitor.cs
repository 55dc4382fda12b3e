using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>A user of a running app, with its mails in Mailpit.</summary>
internal sealed partial class DockerVisitor(HttpClient app, HttpClient mailpit, string email)
{
    private const string Password = "correct horse battery staple 42!";

    /// <summary>Registers, follows the link in the mail and signs in.</summary>
    /// <returns>The access token, which the client also sends from now on.</returns>
    public async Task<string> SignUp()
    {
        await Post("/api/v1/auth/register", new { email, password = Password });
        var token = Uri.UnescapeDataString(Token().Match(await Mail()).Groups["token"].Value);
        await Post("/api/v1/auth/confirm-email", new { email, token });
        var answer = await (await SignIn()).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>();
        var accessToken = answer!["accessToken"]!.GetValue<string>();
        app.DefaultRequestHeaders.Authorization = new("Bearer", accessToken);

        return accessToken;
    }

    public Task<HttpResponseMessage> SignIn() =>
        app.PostAsJsonAsync("/api/v1/auth/login", new { email, password = Password });

    public async Task<string> OpenTicket()
    {
        var ticket = await Post("/api/v1/tickets", new { title = "Printer", description = new string('x', 9000) });

        return ticket!["id"]!.GetValue<string>();
    }

    public Task<HttpResponseMessage> Upload(string ticket, byte[] picture)
    {
        var file = new ByteArrayContent(picture);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");

        return app.PostAsync(
            $"/api/v1/tickets/{ticket}/attachments", new MultipartFormDataContent { { file, "file", "photo.jpg" } });
    }

    private async Task<JsonNode?> Post(string path, object body)
    {
        var response = await app.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path} {response.StatusCode}: {text}");

        return text.Length > 0 ? JsonNode.Parse(text) : null;
    }

    private async Task<string> Mail()
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(30); DateTime.UtcNow < deadline; await Task.Delay(200))
        {
            var list = await mailpit.GetFromJsonAsync<JsonNode>("/api/v1/messages");
            var mine = list!["messages"]!.AsArray()
                .FirstOrDefault(mail => mail!["To"]![0]!["Address"]!.GetValue<string>() == email);
            if (mine is not null)
            {
                return await mailpit.GetStringAsync($"/view/{mine["ID"]}.txt");
            }
        }

        throw new TimeoutException($"No mail to {email} has arrived.");
    }

    [GeneratedRegex(@"confirm-email\?\S*token=(?<token>[^\s&]+)")]
    private static partial Regex Token();
}
