using System.Net;

namespace ProdReadyTemplate.Tests;

/// <summary>A dead man's switch: it notes which of its URLs were called.</summary>
internal sealed class Pings : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Lock shared = new();
    private readonly List<string> called = [];

    public Pings()
    {
        var address = $"http://127.0.0.1:{PostgresServer.FreePort()}/";
        Url = $"{address}ping-must-not-be-logged";
        listener.Prefixes.Add(address);
        listener.Start();
        _ = Listen();
    }

    public string Url { get; }

    /// <returns>"ok" or "fail" for each call since the last time.</returns>
    public IReadOnlyList<string> Take()
    {
        lock (shared)
        {
            List<string> taken = [.. called];
            called.Clear();

            return taken;
        }
    }

    public void Dispose() => listener.Close();

    private async Task Listen()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                lock (shared)
                {
                    called.Add(context.Request.Url!.AbsolutePath.EndsWith("/fail") ? "fail" : "ok");
                }

                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }
}
