using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using ProdReady.Api.Requests;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>No request takes more than its share, and none waits forever.</summary>
public sealed class RequestBoundsTests(RequestBoundsTests.Fixture fixture) : IClassFixture<RequestBoundsTests.Fixture>
{
    private const int MaxBodyBytes = 10_000;
    private const int Patience = 60;

    private readonly App app = fixture.App;

    // Gives up after a second, which on a busy machine may be too little for what is not about that.
    private readonly App hasty = fixture.Hasty;

    [Fact]
    public async Task What_takes_too_long_is_given_up_and_is_504()
    {
        using var client = hasty.CreateClient();
        var watch = Stopwatch.StartNew();

        var response = await client.Get("/probe/endless");

        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, Patience / 2);
        var problem = await response.ShouldBe(HttpStatusCode.GatewayTimeout, "timeout");
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.DoesNotContain(
            hasty.Log.Of(problem.Text("traceId")), line => line.Level > LogEventLevel.Warning);
    }

    [Fact]
    public async Task A_route_may_have_more_time_than_others()
    {
        using var client = hasty.CreateClient();

        Assert.Equal(HttpStatusCode.OK, (await client.Get("/probe/patient")).StatusCode);
    }

    [Fact]
    public async Task A_client_that_hangs_up_is_no_error_and_no_timeout()
    {
        using var client = app.CreateClient();
        using var impatient = new CancellationTokenSource();

        var request = client.GetAsync("/probe/awaited", impatient.Token);
        await fixture.Arrived.Task.WaitAsync(TimeSpan.FromSeconds(Patience), Stories.Ct);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        LogEvent? line = null;
        await Eventual.Happens(() =>
        {
            line = app.Log.Lines.FirstOrDefault(l => l.RenderMessage().StartsWith("GET /probe/awaited 499"));

            return line is not null;
        });
        Assert.Single(app.Log.Of(line!.TraceId!.Value.ToHexString()));
        Assert.Equal(LogEventLevel.Information, line.Level);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_is_too_long_is_413(bool saysItsLength)
    {
        using var client = app.CreateClient();
        foreach (var path in (string[])["/api/v1/auth/login", "/probe/bodies"])
        {
            var body = new StringContent($"\"{new string('a', MaxBodyBytes)}\"", Encoding.UTF8, "application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
            request.Headers.TransferEncodingChunked = !saysItsLength;

            var response = await client.SendAsync(request, Stories.Ct);

            await response.ShouldBe(HttpStatusCode.RequestEntityTooLarge, "payload-too-large");
        }
    }

    [Fact]
    public async Task A_route_may_take_longer_bodies_than_others()
    {
        using var client = app.CreateClient();

        var fits = await client.PostRaw("/probe/long-bodies", $"\"{new string('a', 2 * MaxBodyBytes)}\"");
        var doesNot = await client.PostRaw("/probe/long-bodies", $"\"{new string('a', 3 * MaxBodyBytes)}\"");

        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        await doesNot.ShouldBe(HttpStatusCode.RequestEntityTooLarge, "payload-too-large");
    }

    [Theory]
    [InlineData(30, HttpStatusCode.OK)]
    [InlineData(40, HttpStatusCode.BadRequest)]
    [InlineData(1_000, HttpStatusCode.BadRequest)]
    public async Task What_is_nested_too_deeply_cannot_be_read(int depth, HttpStatusCode expected)
    {
        using var client = app.CreateClient();
        var inner = string.Concat(Enumerable.Repeat("{\"a\":", depth));
        var nest = $"{inner}null{new string('}', depth)}";

        var response = await client.PostRaw("/probe/nests", nest);

        Assert.Equal(expected, response.StatusCode);
        if (expected != HttpStatusCode.OK)
        {
            await response.ShouldBe(expected, "malformed-request");
        }
    }

    [Fact]
    public async Task An_address_that_is_too_long_is_refused()
    {
        using var client = app.CreateClient();

        var response = await client.Get($"/nothing-here?x={new string('a', 9_000)}");

        Assert.Equal(HttpStatusCode.RequestUriTooLong, response.StatusCode);
    }

    [Fact]
    public async Task Who_sends_headers_a_byte_at_a_time_is_cut_off()
    {
        var (_, seconds) = await Drip(app, "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ");

        Assert.InRange(seconds, 10, Patience);
    }

    [Fact]
    public async Task Who_sends_a_body_a_byte_at_a_time_is_cut_off()
    {
        var (answer, seconds) = await Drip(
            app,
            "POST /probe/patient-bodies HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + "Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n\"");

        Assert.StartsWith("HTTP/1.1 408", answer);
        Assert.Contains("application/problem+json", answer);
        Assert.Contains("urn:problem-type:request-timeout", answer);
        Assert.InRange(seconds, 4, Patience);
    }

    [Fact]
    public async Task A_body_that_keeps_coming_when_the_time_is_over_is_given_up_and_is_no_error_of_ours()
    {
        var (answer, _) = await Drip(
            hasty,
            "POST /probe/bodies HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + $"Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n\"{new string('a', 3_000)}");

        Assert.StartsWith("HTTP/1.1 504", answer);
        Assert.Contains("urn:problem-type:timeout", answer);
        Assert.DoesNotContain(hasty.Log.Lines, line => line.Level >= LogEventLevel.Error);
    }

    // Sends a byte now and then, until the app has had enough of it.
    private static async Task<(string Answer, double Seconds)> Drip(App app, string beginning)
    {
        using var client = app.CreateClient();
        using var connection = new TcpClient("127.0.0.1", client.BaseAddress!.Port);
        await using var stream = connection.GetStream();
        var watch = Stopwatch.StartNew();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning), Stories.Ct);

        var answer = ReadToEnd(stream);
        while (!answer.IsCompleted && watch.Elapsed.TotalSeconds < Patience)
        {
            try
            {
                await stream.WriteAsync("a"u8.ToArray(), Stories.Ct);
            }
            catch (IOException)
            {
                // It has hung up, and the answer to that is read below.
                break;
            }

            await Task.WhenAny(answer, Task.Delay(TimeSpan.FromSeconds(1), Stories.Ct));
        }

        return (await answer.WaitAsync(TimeSpan.FromSeconds(Patience)), watch.Elapsed.TotalSeconds);
    }

    private static async Task<string> ReadToEnd(NetworkStream stream)
    {
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, Stories.Ct) is > 0 and var read)
            {
                answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // It hung up with something of ours unread, which is its right.
        }

        return answer.ToString();
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public Fixture()
        {
            App = new() { Routes = Map, ["Requests:MaxBodyBytes"] = $"{MaxBodyBytes}" };
            Hasty = new() { Routes = Map, ["Requests:Timeout"] = "00:00:01" };
        }

        public App App { get; }

        public App Hasty { get; }

        public TaskCompletionSource Arrived { get; } = new();

        public async ValueTask InitializeAsync()
        {
            await App.InitializeAsync();
            await Hasty.InitializeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            await Hasty.DisposeAsync();
        }

        private void Map(IEndpointRouteBuilder routes)
        {
            var probe = routes.MapGroup("/probe").AllowAnonymous().WithValidation();
            probe.MapGet("/endless", (CancellationToken ct) => Task.Delay(Timeout.Infinite, ct));
            probe.MapGet("/awaited", (CancellationToken ct) =>
            {
                Arrived.TrySetResult();

                return Task.Delay(Timeout.Infinite, ct);
            });
            probe.MapGet("/patient", (CancellationToken ct) => Task.Delay(TimeSpan.FromSeconds(3), ct))
                .WithRequestTimeout(TimeSpan.FromMinutes(1));
            probe.MapPost("/bodies", ([FromBody] string text) => text.Length);
            probe.MapPost("/patient-bodies", ([FromBody] string text) => text.Length)
                .WithRequestTimeout(TimeSpan.FromMinutes(1));
            probe.MapPost("/long-bodies", ([FromBody] string text) => text.Length)
                .WithMetadata(new RequestSizeLimitAttribute((2 * MaxBodyBytes) + 100));
            probe.MapPost("/nests", (Nest nest) => nest.A is null);
        }
    }

    private sealed class Nest
    {
        public Nest? A { get; init; }
    }
}
