using System.Net;
using System.Text.Json;

namespace ProdReadyTemplate.Tests;

/// <summary>What Alertmanager sends to the webhook of people, and to that of the dead man's switch.</summary>
internal sealed class AlertReceiver : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly HttpListener listener = new();
    private readonly Lock shared = new();
    private readonly List<string> received = [];
    private readonly List<string> watchdogs = [];

    public AlertReceiver()
    {
        Url = $"http://127.0.0.1:{Project.FreePort()}";
        listener.Prefixes.Add($"{Url}/");
        listener.Start();
        _ = Listen();
    }

    public string Url { get; }

    public IReadOnlyList<string> Watchdogs => Copy(watchdogs);

    /// <summary>Such as "Down firing", in the order in which they came.</summary>
    public IReadOnlyList<string> Received => Copy(received);

    public void Clear()
    {
        lock (shared)
        {
            received.Clear();
        }
    }

    /// <summary>Waits until exactly these have come.</summary>
    public async Task Until(IReadOnlyList<string> expected)
    {
        for (var deadline = DateTime.UtcNow + Timeout; Received.Count < expected.Count; await Task.Delay(100))
        {
            Assert.True(DateTime.UtcNow < deadline, $"Not {expected[^1]}, but: {string.Join(", ", Received)}");
        }

        Assert.Equal(expected, Received);
    }

    public void Dispose() => listener.Close();

    private async Task Listen()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                var body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.InputStream);
                lock (shared)
                {
                    var list = context.Request.Url!.AbsolutePath == "/watchdog" ? watchdogs : received;
                    list.AddRange(body.GetProperty("alerts").EnumerateArray().Select(alert =>
                        $"{alert.GetProperty("labels").GetProperty("alertname")} {alert.GetProperty("status")}"));
                }

                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }

    private List<string> Copy(List<string> list)
    {
        lock (shared)
        {
            return [.. list];
        }
    }
}
