using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Infrastructure.Email;

namespace ProdReady.Tests.Support;

/// <summary>Steps that most tests need: register, sign in, send a request, wait for a mail.</summary>
internal static class Scenarios
{
    public const string Password = "correct horse battery staple";

    private static readonly TimeSpan MailTimeout = TimeSpan.FromSeconds(60);

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static string NewAddress() => $"user-{Guid.NewGuid():N}@example.com";

    /// <summary>A client of a new user, who has confirmed the address and signed in.</summary>
    public static async Task<HttpClient> SignedInClient(this App app)
    {
        var client = app.CreateClient();
        var tokens = await client.SignIn(await app.ConfirmedUser());
        client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Text("accessToken"));

        return client;
    }

    /// <summary>A new session of an existing user.</summary>
    public static async Task<Session> SignedIn(this App app, string email, string password = Password)
    {
        var client = app.CreateClient();
        var tokens = await client.SignIn(email, password);
        client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Text("accessToken"));

        return new Session(client, tokens.Text("accessToken"), tokens.Text("refreshToken"));
    }

    /// <summary>Calls another instance with the same access token.</summary>
    public static HttpClient On(this Session session, App app)
    {
        var client = app.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", session.AccessToken);

        return client;
    }

    public static async Task<bool> IsSignedIn(this HttpClient client) =>
        (await client.Get("/api/v1/account")).StatusCode == HttpStatusCode.OK;

    /// <summary>What a periodic job does with the rows of accounts that were deleted.</summary>
    public static Task RemoveDeletedAccounts(this App app) =>
        app.Services.GetRequiredService<DeletedAccounts>().Remove(Ct);

    public static Task<HttpResponseMessage> Refresh(this HttpClient client, string refreshToken) =>
        client.Post("/api/v1/auth/refresh", new { refreshToken });

    public static Task<HttpResponseMessage> SignUp(this HttpClient client, string email, string password = Password) =>
        client.Post("/api/v1/auth/register", new { email, password });

    public static Task<HttpResponseMessage> LogIn(this HttpClient client, string email, string password = Password) =>
        client.Post("/api/v1/auth/login", new { email, password });

    /// <returns>The confirmed address of a new user.</returns>
    public static async Task<string> ConfirmedUser(this App app)
    {
        var email = NewAddress();
        using var client = app.CreateClient();
        await client.SignUp(email);
        var token = await app.MailedToken(email);
        var confirmed = await client.Post("/api/v1/auth/confirm-email", new { email, token });
        confirmed.EnsureSuccessStatusCode();

        return email;
    }

    public static async Task<JsonElement> SignIn(this HttpClient client, string email, string password = Password)
    {
        var response = await client.LogIn(email, password);
        response.EnsureSuccessStatusCode();

        return await response.Json();
    }

    /// <summary>The token in the newest mail to an address.</summary>
    public static async Task<string> MailedToken(this App app, string email)
    {
        var mail = await app.NewestMail(email);

        return mail.TextBody!.Split("token=")[1].Split('\n')[0].Trim();
    }

    /// <summary>Waits for the mail, which is sent after the answer.</summary>
    public static async Task<MimeMessage> NewestMail(this App app, string email, int count = 1)
    {
        var deadline = DateTime.UtcNow + MailTimeout;
        while (DateTime.UtcNow < deadline)
        {
            var mails = app.Mails(email);
            if (mails.Count >= count)
            {
                return mails[^1];
            }

            await Task.Delay(5, Ct);
        }

        throw new TimeoutException($"No mail number {count} to {email}");
    }

    public static List<MimeMessage> Mails(this App app, string email) => app.Mailbox.To(email);

    /// <summary>Waits until the outbox has no mail to these addresses, so all their mails have arrived.</summary>
    public static Task AllMailsAreOut(this App app, params string[] emails) => Eventual.Happens(() => app.Query(
        async db => !await db.Set<OutboxEmail>().AnyAsync(mail => emails.Contains(mail.Recipient), Ct)));

    public static Task<HttpResponseMessage> Post(this HttpClient client, string path, object? body = null) =>
        client.PostAsJsonAsync(path, body ?? new { }, Ct);

    /// <summary>Sends a request with an Idempotency-Key.</summary>
    public static Task<HttpResponseMessage> PostOnce(
        this HttpClient client, string path, string key, object body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);

        return client.SendAsync(request, Ct);
    }

    /// <summary>Sends a body that no serializer would write.</summary>
    public static Task<HttpResponseMessage> PostRaw(
        this HttpClient client, string path, string body, string mediaType = "application/json") =>
        client.PostAsync(path, new StringContent(body, Encoding.UTF8, mediaType), Ct);

    public static Task<HttpResponseMessage> Get(this HttpClient client, string path) => client.GetAsync(path, Ct);

    public static Task<HttpResponseMessage> Send(
        this HttpClient client, HttpMethod method, string path, object? body = null, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return client.SendAsync(request, Ct);
    }

    public static async Task<JsonElement> Json(this HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(Ct);

    /// <summary>Both tokens of a session, and a client with the access token.</summary>
    internal sealed record Session(HttpClient Client, string AccessToken, string RefreshToken) : IDisposable
    {
        public void Dispose() => Client.Dispose();
    }

    public static string Text(this JsonElement json, string member) => json.GetProperty(member).GetString()!;
}
