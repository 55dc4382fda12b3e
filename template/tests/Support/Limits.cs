using System.Text;
using System.Text.RegularExpressions;

namespace ProdReady.Tests.Support;

/// <summary>Apps with a low limit, and what tests of limits call and read.</summary>
internal static class Limits
{
    /// <summary>
    /// A window of a day, so that none ends during a test; Eventual.IsNotTheEndOfTheHour waits where one would.
    /// </summary>
    public static App App(string policy, int limit) => new()
    {
        Replace = Addresses.Add,
        [$"RateLimits:{policy}:PermitLimit"] = $"{limit}",
        [$"RateLimits:{policy}:Window"] = "1.00:00:00",
    };

    /// <summary>A client with an address of its own.</summary>
    public static HttpClient ClientAt(this App app, string address)
    {
        var client = app.CreateClient();
        Addresses.Set(client, address);

        return client;
    }

    /// <summary>A call that the auth limit counts.</summary>
    public static Task<HttpResponseMessage> AskForMail(this HttpClient client) =>
        client.Post("/api/v1/auth/forgot-password", new { email = Scenarios.NewAddress() });

    /// <summary>A body in JSON, which the limit of writes counts in KiB.</summary>
    public static Task<HttpResponseMessage> Write(this HttpClient client, int bytes, bool isChunked = false)
    {
        var content = new StringContent("{}".PadRight(bytes)[..bytes], Encoding.UTF8, "application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/account/change-email") { Content = content };
        request.Headers.TransferEncodingChunked = isChunked;

        return client.SendAsync(request, Scenarios.Ct);
    }

    public static Task<HttpResponseMessage> GetAccount(this HttpClient client) => client.Get("/api/v1/account");

    /// <summary>How many calls are left, by the RateLimit header.</summary>
    public static int Left(this HttpResponseMessage response, string policy = "api")
    {
        var limits = string.Join(", ", response.Headers.GetValues("RateLimit"));

        return int.Parse(Regex.Match(limits, $"\"{policy}\";r=(\\d+);t=\\d+").Groups[1].Value);
    }

    public static bool IsLimited(this HttpResponseMessage response) => response.Headers.Contains("RateLimit");
}
