using System.Net;
using System.Text;

namespace ProdReadyTemplate.Tests;

/// <summary>What a probe asks for, with answers that a test can change. It notes the calls.</summary>
internal sealed class StubService : IDisposable
{
    public const string Token = "token-must-not-be-logged";

    /// <summary>The answer that never comes.</summary>
    public const int Silent = 0;

    private readonly HttpListener listener = new();
    private readonly Lock shared = new();
    private readonly List<string> calls = [];
    private readonly Dictionary<string, (int Status, string Body)> answers = new()
    {
        ["GET /health/ready"] = (200, "Healthy"),
        ["POST /api/v1/auth/login"] = (200, $$"""{ "tokenType": "Bearer", "accessToken": "{{Token}}" }"""),
        ["GET /api/v1/account"] = (200, "{}"),
        ["POST /api/v1/auth/logout"] = (204, ""),
    };

    private int refusals;

    public StubService()
    {
        Url = $"http://127.0.0.1:{Project.FreePort()}";
        listener.Prefixes.Add($"{Url}/");
        listener.Start();
        _ = Listen();
    }

    public string Url { get; }

    /// <summary>The calls until now.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (shared)
            {
                return [.. calls];
            }
        }
    }

    /// <summary>How many of the next calls get 503.</summary>
    public void Refuse(int next) => Volatile.Write(ref refusals, next);

    public void Answer(string call, int status, string body = "")
    {
        lock (shared)
        {
            answers[call] = (status, body);
        }
    }

    public void Dispose() => listener.Close();

    private async Task Listen()
    {
        try
        {
            while (true)
            {
                Answer(await listener.GetContextAsync());
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var call = $"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath}";
        (int Status, string Body) answer;
        lock (shared)
        {
            calls.Add(call);
            answer = answers.GetValueOrDefault(call, (404, ""));
        }

        if (answer.Status == Silent)
        {
            return;
        }

        var status = Interlocked.Decrement(ref refusals) >= 0 ? 503 : answer.Status;
        context.Response.StatusCode = status;
        context.Response.RedirectLocation = status is 302 ? "/elsewhere" : null;
        try
        {
            // With its length, unlike a stream. After a 204 no body may follow.
            context.Response.Close(status is 204 ? [] : Encoding.UTF8.GetBytes(answer.Body), willBlock: true);
        }
        catch (HttpListenerException)
        {
            // The client has closed the connection: it takes no such answer.
        }
    }
}
