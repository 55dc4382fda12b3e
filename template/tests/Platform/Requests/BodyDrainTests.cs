using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using ProdReady.Api.Errors;
using ProdReady.Api.RateLimiting;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>A client that sends its whole body before it reads gets the answer to a body that is too large.</summary>
public sealed class BodyDrainTests(BodyDrainTests.AppWithLimits app)
    : IClassFixture<BodyDrainTests.AppWithLimits>
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData("/api/v1/auth/login", "application/json", true)]
    [InlineData("/api/v1/auth/login", "application/json", false)]
    [InlineData("/probe/long-bodies", "application/json", true)]
    [InlineData("/probe/long-bodies", "application/json", false)]
    public async Task Fifty_megabytes_are_heard_as_413_each_time(string path, string contentType, bool hasLength)
    {
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var watch = Stopwatch.StartNew();
            var answer = await SendAll($"POST {path}", $"Content-Type: {contentType}\r\n", 50 * Megabyte, hasLength);

            Assert.StartsWith("HTTP/1.1 413", answer);
            Assert.Contains("urn:problem-type:payload-too-large", answer);
            shortest = watch.Elapsed < shortest ? watch.Elapsed : shortest;
        }

        // The end of the body is seen: no wait for more of it.
        Assert.InRange(shortest, TimeSpan.Zero, TimeSpan.FromSeconds(9));
    }

    // The body is not read, so its length alone would close the connection.
    [Theory]
    [InlineData("POST /api/v1/auth/logout", 401)]
    [InlineData("POST /api/v1/nowhere", 404)]
    [InlineData("DELETE /api/v1/auth/login", 405)]
    [InlineData("POST /api/v1/auth/register", 415)]
    public async Task Another_answer_is_heard_too(string request, int status)
    {
        foreach (var hasLength in (bool[])[true, false])
        {
            var answer = await SendAll(request, "Content-Type: text/plain\r\n", 20 * Megabyte, hasLength);

            Assert.StartsWith($"HTTP/1.1 {status}", answer);
        }
    }

    // At 4 Mbit/s 4 MB take 8 seconds, and Kestrel alone reads for 5.
    [Theory]
    [InlineData("POST /probe/refusals/415", 415)]
    [InlineData("POST /probe/refusals/429", 429)]
    [InlineData("POST /probe/refusals/507", 507)]
    [InlineData("POST /probe/users", 401)]
    public async Task A_refusal_is_heard_on_a_slow_line_though_the_body_is_within_its_limit(string request, int status)
    {
        var answer = await SendAll(
            request, "Content-Type: text/plain\r\n", 4 * Megabyte, hasLength: true, pause: 2);

        Assert.StartsWith($"HTTP/1.1 {status}", answer);
    }

    [Theory]
    [InlineData("GET /nowhere", "Transfer-Encoding: chunked")]
    [InlineData("HEAD /api/v1/account", "Content-Length: 1000")]
    public async Task A_read_is_answered_at_once_whatever_body_it_announces(string request, string framing)
    {
        using var connection = app.Connect();
        await using var stream = connection.GetStream();
        var watch = Stopwatch.StartNew();
        await stream.WriteAsync(Head(request, $"{framing}\r\n"), Scenarios.Ct);
        await stream.ReadExactlyAsync(new byte[12], Scenarios.Ct);

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 4);
    }

    [Fact]
    public async Task What_is_still_read_of_a_body_holds_no_turn_of_its_user()
    {
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var connection = app.Connect();
        await using var stream = connection.GetStream();
        var token = $"Authorization: Bearer {session.AccessToken}\r\n";
        await stream.WriteAsync(Head("DELETE /probe/turns", $"{token}Content-Length: 10000\r\n"), Scenarios.Ct);
        await stream.WriteAsync(new byte[5_000], Scenarios.Ct);
        await app.Refused.Task.WaitAsync(Scenarios.Ct);
        var watch = Stopwatch.StartNew();

        Assert.True((await session.Client.GetAccount()).IsSuccessStatusCode);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 4);
    }

    [Fact]
    public async Task A_client_that_waits_before_it_sends_is_answered_at_once()
    {
        var answer = await app.SendRaw(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
            + "Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413", answer);
        Assert.DoesNotContain("100 Continue", answer);
    }

    [Fact]
    public async Task More_than_64_MiB_are_not_read()
    {
        var sent = 0L;
        using var connection = app.Connect();
        await using var stream = connection.GetStream();
        await stream.WriteAsync(Head("POST /api/v1/auth/login", "Content-Length: 1000000000\r\n"), Scenarios.Ct);

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            for (; sent < 1_000; sent++)
            {
                await stream.WriteAsync(new byte[Megabyte], Scenarios.Ct);
            }
        });

        // With what the buffers of both sockets hold.
        Assert.InRange(sent, 60, 90);
    }

    [Fact]
    public async Task A_client_that_goes_on_slowly_is_disconnected()
    {
        var (answer, seconds) = await app.SendSlowly(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + "Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413", answer);
        Assert.InRange(seconds, 5, RawHttp.TimeoutSeconds / 2);
    }

    [Fact]
    public async Task A_body_within_the_limit_keeps_its_connection()
    {
        const string Login =
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
        var watch = Stopwatch.StartNew();

        var answers = await app.SendRaw(
            $"{Login}Content-Length: 2\r\n\r\n{{}}{Login}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
            + $"{Login}Connection: close\r\nContent-Length: 2\r\n\r\n{{}}");

        Assert.Equal(3, answers.Split("HTTP/1.1 400").Length - 1);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 9);
    }

    private static byte[] Head(string request, string headers) => Encoding.ASCII.GetBytes(
        $"{request} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n");

    // Not one byte of the answer is read before the last of the request is sent.
    private async Task<string> SendAll(string request, string headers, int size, bool hasLength, int pause = 0)
    {
        using var connection = app.Connect();
        await using var stream = connection.GetStream();
        var framing = hasLength ? $"Content-Length: {size}\r\n" : "Transfer-Encoding: chunked\r\n";
        await stream.WriteAsync(Head(request, headers + framing), Scenarios.Ct);
        var block = Encoding.ASCII.GetBytes(new string(' ', Megabyte));
        for (var sent = 0; sent < size; sent += Megabyte)
        {
            await Task.Delay(TimeSpan.FromSeconds(pause), Scenarios.Ct);
            await stream.WriteAsync(
                hasLength ? block : [.. "100000\r\n"u8, .. block, .. "\r\n"u8], Scenarios.Ct);
        }

        await stream.WriteAsync(hasLength ? [] : "0\r\n\r\n"u8.ToArray(), Scenarios.Ct);

        return await RawHttp.ReadToEnd(stream);
    }

    public sealed class AppWithLimits : App
    {
        public AppWithLimits()
        {
            this["RateLimits:Concurrency:PermitLimit"] = "1";
            Routes = routes =>
            {
                var probe = routes.MapGroup("/probe").WithMetadata(new RequestSizeLimitAttribute(5 * Megabyte));
                var open = probe.MapGroup("").AllowAnonymous();
                open.MapPost("/long-bodies", ([FromBody] string text) => text.Length);
                open.MapPost("/refusals/{status}", (int status) => TypedResults.StatusCode(status));
                probe.MapPost("/users", () => TypedResults.Ok());
                probe.MapGroup("").RequireApiLimit().MapDelete(
                    "/turns", () => Refused.TrySetResult() ? Problems.NotFound.ToResult() : null);
            };
        }

        public TaskCompletionSource Refused { get; } = new();
    }
}
