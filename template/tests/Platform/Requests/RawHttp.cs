using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>Bytes over a TCP connection, for requests that no HTTP client would send.</summary>
internal static class RawHttp
{
    public const int TimeoutSeconds = 60;

    /// <summary>Sends a request, and reads until the app closes the connection.</summary>
    public static async Task<string> SendRaw(this App app, string request)
    {
        using var connection = Connect(app);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Scenarios.Ct);

        return await ReadToEnd(stream).WaitAsync(TimeSpan.FromSeconds(TimeoutSeconds), Scenarios.Ct);
    }

    /// <summary>Sends the beginning of a request, then one byte a second until the app responds.</summary>
    public static async Task<(string Response, double Seconds)> SendSlowly(this App app, string beginning)
    {
        using var connection = Connect(app);
        await using var stream = connection.GetStream();
        var watch = Stopwatch.StartNew();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning), Scenarios.Ct);

        var response = ReadToEnd(stream);
        while (!response.IsCompleted && watch.Elapsed.TotalSeconds < TimeoutSeconds)
        {
            try
            {
                await stream.WriteAsync("a"u8.ToArray(), Scenarios.Ct);
            }
            catch (IOException)
            {
                // The app has closed the connection; its response is read below.
                break;
            }

            await Task.WhenAny(response, Task.Delay(TimeSpan.FromSeconds(1), Scenarios.Ct));
        }

        return (await response.WaitAsync(TimeSpan.FromSeconds(TimeoutSeconds)), watch.Elapsed.TotalSeconds);
    }

    public static TcpClient Connect(this App app)
    {
        using var client = app.CreateClient();

        return new TcpClient("127.0.0.1", client.BaseAddress!.Port);
    }

    public static async Task<string> ReadToEnd(NetworkStream stream)
    {
        var response = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, Scenarios.Ct) is > 0 and var read)
            {
                response.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // The app may reset the connection while bytes of the request are unread.
        }

        return response.ToString();
    }
}
