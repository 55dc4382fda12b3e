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
    private readonly List<string> expected = [];
    private string? mayCome;

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

    /// <summary>From now on this may come at any time, until it is waited for.</summary>
    public void MayCome(string alert) => mayCome = alert;

    /// <summary>Waits until this has come once more, and nothing but this and what was waited for before.</summary>
    public async Task Until(string alert)
    {
        mayCome = alert == mayCome ? null : mayCome;
        expected.Add(alert);
        for (var deadline = DateTime.UtcNow + Timeout; Expected().Count < expected.Count; await Task.Delay(100))
        {
            Assert.True(DateTime.UtcNow < deadline, $"Not {alert}, but: {string.Join(", ", Received)}");
        }

        // One that may come at any time does not come in order.
        Assert.Equal(expected.Order(), Expected().Order());

        List<string> Expected() => [.. Received.Where(come => come != mayCome)];
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
