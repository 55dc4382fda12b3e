using System.Text.RegularExpressions;

namespace ProdReady.Tests.Support;

/// <summary>Apps that allow little, and clients that ask them.</summary>
internal static class Limits
{
    /// <summary>
    /// For a day, so that no window ends while a test runs; at its end the tests wait for the next one.
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

    /// <summary>Asks for a mail, which is a call that the auth limit counts.</summary>
    public static Task<HttpResponseMessage> AskForMail(this HttpClient client) =>
        client.Post("/api/v1/auth/forgot-password", new { email = Stories.NewAddress() });

    public static Task<HttpResponseMessage> GetAccount(this HttpClient client) => client.Get("/api/v1/account");

    /// <summary>How many calls the answer leaves.</summary>
    public static int Left(this HttpResponseMessage response, string policy = "api")
    {
        var limits = string.Join(", ", response.Headers.GetValues("RateLimit"));

        return int.Parse(Regex.Match(limits, $"\"{policy}\";r=(\\d+);t=\\d+").Groups[1].Value);
    }

    public static bool IsLimited(this HttpResponseMessage response) => response.Headers.Contains("RateLimit");
}
