using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Requests;

public sealed class RequestTimeoutTests(RequestTimeoutTests.Fixture fixture)
    : IClassFixture<RequestTimeoutTests.Fixture>
{
    private readonly App app = fixture.App;

    // Its timeout of a second could fail tests of other things on a busy machine.
    private readonly App shortTimeout = fixture.ShortTimeout;

    [Fact]
    public async Task A_request_that_takes_too_long_is_canceled_and_is_504()
    {
        using var client = shortTimeout.CreateClient();
        var watch = Stopwatch.StartNew();

        var response = await client.Get("/probe/endless");

        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, RawHttp.TimeoutSeconds / 2);
        var problem = await response.ShouldBe(HttpStatusCode.GatewayTimeout, "timeout");
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.DoesNotContain(
            shortTimeout.Log.Of(problem.Text("traceId")), line => line.Level > LogEventLevel.Warning);
    }

    [Fact]
    public async Task A_route_can_have_a_longer_timeout()
    {
        using var client = shortTimeout.CreateClient();

        Assert.Equal(HttpStatusCode.OK, (await client.Get("/probe/slow")).StatusCode);
    }

    [Fact]
    public async Task A_client_that_disconnects_is_neither_an_error_nor_a_timeout()
    {
        using var client = app.CreateClient();
        using var disconnect = new CancellationTokenSource();

        var request = client.GetAsync("/probe/awaited", disconnect.Token);
        await fixture.Arrived.Task.WaitAsync(TimeSpan.FromSeconds(RawHttp.TimeoutSeconds), Scenarios.Ct);
        await disconnect.CancelAsync();
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

    [Fact]
    public async Task A_client_that_sends_its_headers_byte_by_byte_is_disconnected()
    {
        var (_, seconds) = await app.SendSlowly("GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ");

        Assert.InRange(seconds, 10, RawHttp.TimeoutSeconds);
    }

    [Fact]
    public async Task A_body_that_arrives_byte_by_byte_is_408()
    {
        var (response, seconds) = await app.SendSlowly(
            "POST /probe/slow-bodies HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + "Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n\"");

        Assert.StartsWith("HTTP/1.1 408", response);
        Assert.Contains("application/problem+json", response);
        Assert.Contains("urn:problem-type:request-timeout", response);
        Assert.InRange(seconds, 4, RawHttp.TimeoutSeconds);
    }

    [Fact]
    public async Task A_body_that_is_still_arriving_at_the_timeout_is_504_and_no_logged_error()
    {
        var (response, _) = await shortTimeout.SendSlowly(
            "POST /probe/bodies HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + $"Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n\"{new string('a', 3_000)}");

        Assert.StartsWith("HTTP/1.1 504", response);
        Assert.Contains("urn:problem-type:timeout", response);
        Assert.DoesNotContain(shortTimeout.Log.Lines, line => line.Level >= LogEventLevel.Error);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public Fixture()
        {
            App = new() { Routes = Map };
            ShortTimeout = new() { Routes = Map, ["Requests:Timeout"] = "00:00:01" };
        }

        public App App { get; }

        public App ShortTimeout { get; }

        public TaskCompletionSource Arrived { get; } = new();

        public async ValueTask InitializeAsync()
        {
            await App.InitializeAsync();
            await ShortTimeout.InitializeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            await ShortTimeout.DisposeAsync();
        }

        private void Map(IEndpointRouteBuilder routes)
        {
            var probe = routes.MapGroup("/probe").AllowAnonymous();
            probe.MapGet("/endless", (CancellationToken ct) => Task.Delay(Timeout.Infinite, ct));
            probe.MapGet("/awaited", (CancellationToken ct) =>
            {
                Arrived.TrySetResult();

                return Task.Delay(Timeout.Infinite, ct);
            });
            probe.MapGet("/slow", (CancellationToken ct) => Task.Delay(TimeSpan.FromSeconds(3), ct))
                .WithRequestTimeout(TimeSpan.FromMinutes(1));
            probe.MapPost("/bodies", ([FromBody] string text) => text.Length);
            probe.MapPost("/slow-bodies", ([FromBody] string text) => text.Length)
                .WithRequestTimeout(TimeSpan.FromMinutes(1));
        }
    }
}
