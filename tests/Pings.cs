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

    /// <summary>An address that moved: it answers with the other one.</summary>
    public string OldUrl => Url.Replace("/ping", "/old-ping");

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
                var address = context.Request.Url!.AbsoluteUri;
                if (address.Contains("/old-ping"))
                {
                    context.Response.Redirect(address.Replace("/old-ping", "/ping"));
                }
                else
                {
                    lock (shared)
                    {
                        called.Add(address.EndsWith("/fail") ? "fail" : "ok");
                    }
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
