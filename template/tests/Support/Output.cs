using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace ProdReady.Tests.Support;

/// <summary>
/// All output of the apps of this run, and all secrets that they received or returned. At the end of the run the output
/// is searched for the secrets; if one is found, the run fails.
/// </summary>
public sealed class Output : IDisposable
{
    // Shorter secrets, which some tests send on purpose, occur in the output by chance.
    private const int MinSecretLength = 12;

    private static readonly string[] SecretMembers =
        ["password", "currentPassword", "newPassword", "token", "accessToken", "refreshToken"];

    private static readonly ConcurrentDictionary<string, string> Secrets = new();
    private static readonly StringWriter Written = new();

    // The log of a test app goes to this class, not to the terminal.
    static Output()
    {
        var all = TextWriter.Synchronized(Written);
        Console.SetOut(new CallerWriter(all, caller => caller.Output));
        Console.SetError(new CallerWriter(all, caller => caller.Errors));
    }

    public static void Start()
    {
    }

    public static void Write(string text) => Console.Out.Write(text);

    /// <param name="user">The owner. A secret that equals the user name is ignored: names may be logged.</param>
    public static void KeepSecret(string kind, string? secret, string? user = null)
    {
        if (secret?.Length >= MinSecretLength && secret != user)
        {
            Secrets.TryAdd(secret, kind);
        }
    }

    /// <summary>Keeps the members of a request or an answer that hold a secret.</summary>
    public static void KeepSecretsOf(string json)
    {
        JsonElement body;
        try
        {
            body = JsonElement.Parse(json);
        }
        catch (JsonException)
        {
            return;
        }

        foreach (var member in body.ValueKind == JsonValueKind.Object ? body.EnumerateObject() : default)
        {
            if (SecretMembers.Contains(member.Name) && member.Value.ValueKind == JsonValueKind.String)
            {
                KeepSecret(member.Name, member.Value.GetString());
            }
        }
    }

    public void Dispose()
    {
        var written = Written.ToString();
        var secrets = SearchValues.Create([.. Secrets.Keys], StringComparison.Ordinal);

        Assert.NotEmpty(written);
        Assert.NotEmpty(Secrets);
        var at = written.AsSpan().IndexOfAny(secrets);
        if (at >= 0)
        {
            var secret = Secrets.First(secret => written.AsSpan(at).StartsWith(secret.Key, StringComparison.Ordinal));
            var line = new StringBuilder(written[..at].Split('\n')[^1]).Append($"<{secret.Value}>");

            Assert.Fail($"The log of the test run contains a secret: {line}");
        }
    }
}
