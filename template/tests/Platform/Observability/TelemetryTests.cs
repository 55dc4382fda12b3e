using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using OpenTelemetry;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Observability;

// OpenTelemetry listens to the whole process, and so to all tests that run at the same time.
[CollectionDefinition(nameof(TelemetryTests), DisableParallelization = true)]
[Collection(nameof(TelemetryTests))]
public sealed class TelemetryTests
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(60);

    // Two seconds each for traces and metrics; the default is ten.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Traces_and_metrics_of_requests_calls_SQL_and_mails_go_to_the_collector()
    {
        await using var collector = await Collector.Start();
        await using var app = new App
        {
            Routes = routes => routes
                .MapGet("/probe/calls-out", async (CancellationToken ct) =>
                {
                    using var http = new HttpClient();
                    await http.PostAsync($"http://{collector.Authority}/called", content: null, ct);
                })
                .AllowAnonymous(),
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{collector.Authority}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        };
        await app.InitializeAsync();
        using var client = app.CreateClient();
        using var trace = new Activity("test") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();

        await client.Get("/probe/calls-out");
        await app.ConfirmedUser();
        using (SuppressInstrumentationScope.Begin())
        {
            await client.Get("/health/live");
        }

        await app.DisposeAsync();
        await Eventual.Happens(() => collector.Received.Any(metrics => metrics.Contains("app.mail.deliveries")));

        var received = string.Concat(collector.Received);
        Assert.Contains(Encoding.Latin1.GetString(Convert.FromHexString(trace.TraceId.ToHexString())), received);
        Assert.All(
            [
                typeof(Program).Assembly.GetName().Name!,
                "/probe/calls-out",
                "/called",
                "deliver mail",
                "http.server.request.duration",
                "http.client.request.duration",
                "dotnet.gc.collections",
                "app.mail.deliveries",
            ],
            name => Assert.Contains(name, received));
        Assert.Equal(TestPostgres.IsAvailable, received.Contains("db.client.operation.duration"));
        Assert.Equal(TestPostgres.IsAvailable, received.Contains("INSERT INTO users"));
        Assert.DoesNotContain(
            collector.Received, export => export.Contains("/health/live") && !export.Contains("app.mail.deliveries"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_third_party_gets_no_context_of_a_trace_and_the_context_of_a_request_counts(bool isExported)
    {
        var headers = new ConcurrentQueue<string>();
        await using var collector = await Collector.Start();
        await using var thirdParty = await OtherService.Start(context =>
        {
            context.Request.Headers.Keys.ToList().ForEach(headers.Enqueue);

            return Task.CompletedTask;
        });
        await using var app = new App
        {
            // A client that the app has not configured, as that of an SDK.
            Routes = routes => routes
                .MapGet("/probe/calls-out", async (CancellationToken ct) =>
                {
                    using var http = new HttpClient();
                    await http.GetStringAsync(thirdParty.Url, ct);
                })
                .AllowAnonymous(),
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = isExported ? $"http://{collector.Authority}" : "",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["PwnedPasswords:Enabled"] = "true",
            ["PwnedPasswords:BaseUrl"] = thirdParty.Url,
            ["PwnedPasswords:Timeout"] = "00:00:10",
        };
        await app.InitializeAsync();
        using var client = app.CreateClient();
        var traceId = ActivityTraceId.CreateRandom().ToHexString();
        client.DefaultRequestHeaders.Add("traceparent", $"00-{traceId}-00f067aa0ba902b7-01");
        client.DefaultRequestHeaders.Add("tracestate", "a=b");
        client.DefaultRequestHeaders.Add("baggage", "card=4111");

        await client.Get("/probe/calls-out");
        await client.SignUp(Scenarios.NewAddress());

        await Eventual.Happens(() => app.Log.Of(traceId).Count(line => line.Properties.ContainsKey("Elapsed")) == 2);
        Assert.Equal(2, thirdParty.Requests.Count);
        Assert.Equal(["Add-Padding", "Host", "User-Agent"], headers.Distinct().Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_collector_that_hangs_or_is_down_slows_neither_requests_nor_the_stop(bool hangs)
    {
        await using var collector = await Collector.Start(hangs);
        await using var app = new App
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = hangs ? $"http://{collector.Authority}" : "http://127.0.0.1:1",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        };
        await app.InitializeAsync();
        using var client = app.CreateClient();

        await client.Get("/api/v1/account").WaitAsync(RequestTimeout, Scenarios.Ct);
        await app.Stop().WaitAsync(StopTimeout, Scenarios.Ct);

        await Eventual.Happens(() => collector.Received.Any() == hangs);
    }
}
