using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Api.Files;
using ProdReady.Api.RateLimiting;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>How long a download may take.</summary>
public sealed class DownloadTests
{
    // More than the buffers of both sockets hold, so that the app is still sending while the client waits.
    private const int Size = 16 * 1024 * 1024;

    [Fact]
    public async Task A_slow_reader_gets_the_whole_file_though_it_takes_longer_than_other_requests_may()
    {
        var received = await Download(timeout: "00:01:00", pause: TimeSpan.FromSeconds(4));

        Assert.InRange(received, Size, Size + 2_000);
    }

    [Fact]
    public async Task A_reader_that_stops_is_disconnected()
    {
        var received = await Download(timeout: "00:00:01", pause: TimeSpan.FromSeconds(8));

        Assert.InRange(received, 1, Size - 1);
    }

    [Fact]
    public async Task Downloads_that_are_read_slowly_do_not_delay_the_other_calls_of_their_user()
    {
        await using var app = await new App
        {
            ["RateLimits:Concurrency:PermitLimit"] = "1",
            Routes = routes => routes.MapGroup("/probe").RequireApiLimit()
                .MapGet("/files", () => TypedResults.Stream(new MemoryStream(new byte[Size]))).ProducesFile(),
        }.Started();
        using var client = await app.SignedInClient();
        using var first = await Begin().WaitAsync(Scenarios.Ct);
        var second = Begin();

        var other = await client.GetAccount();

        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.False(second.IsCompleted);
        first.Dispose();
        using var answer = await second;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        Task<HttpResponseMessage> Begin() =>
            client.GetAsync("/probe/files", HttpCompletionOption.ResponseHeadersRead, Scenarios.Ct);
    }

    private static async Task<int> Download(string timeout, TimeSpan pause)
    {
        await using var app = await new AppWithSampleFiles { ["Uploads:MaxBytes"] = $"{Size}" }.Started();
        var session = await app.SignedIn(await app.ConfirmedUser());
        var file = await (await session.Client.Keep(Pictures.Png(Size))).Json();
        await using var hurried = await app.Another(another =>
        {
            another["Requests:Timeout"] = "00:00:02";
            another["Uploads:Timeout"] = timeout;
        });
        using var client = session.On(hurried);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 32 * 1024 };
        await socket.ConnectAsync("127.0.0.1", client.BaseAddress!.Port, Scenarios.Ct);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET {SampleFileRoutes.PathOf(file)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + $"Authorization: Bearer {session.AccessToken}\r\n\r\n"),
            Scenarios.Ct);
        var buffer = new byte[64 * 1024];
        var received = await stream.ReadAsync(buffer, Scenarios.Ct);

        await Task.Delay(pause, Scenarios.Ct);

        try
        {
            while (await stream.ReadAsync(buffer, Scenarios.Ct) is var count and > 0)
            {
                received += count;
            }
        }
        catch (IOException)
        {
            // The app has closed the connection.
        }

        return received;
    }
}
