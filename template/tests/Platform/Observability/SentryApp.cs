using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Observability;

/// <summary>An app with a DSN.</summary>
public sealed class SentryApp : App
{
    private readonly ConcurrentQueue<string> thirdPartyHeaders = new();
    private readonly ConcurrentQueue<string> expected = new();
    private readonly TaskCompletionSource slowRequest = new();
    private Collector sentry = null!;
    private OtherService thirdParty = null!;

    public SentryApp() => Routes = MapProbes;

    /// <summary>Ends when a request to /probe/slow has arrived.</summary>
    public Task SlowRequest => slowRequest.Task;

    /// <summary>The names of the headers that the service of breached passwords has got. It answers 503.</summary>
    public IEnumerable<string> ThirdPartyHeaders => thirdPartyHeaders;

    public override async ValueTask InitializeAsync()
    {
        sentry = await Collector.Start();
        thirdParty = await OtherService.Start(context =>
        {
            context.Request.Headers.Keys.ToList().ForEach(thirdPartyHeaders.Enqueue);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;

            return Task.CompletedTask;
        });
        this["Sentry:Dsn"] = $"http://key@{sentry.Authority}/1";
        this["Sentry:Release"] = "app@1.2.3";
        this["PwnedPasswords:Enabled"] = "true";
        this["PwnedPasswords:BaseUrl"] = thirdParty.Url;
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        var reported = Events().Select(TraceOf).Order().ToList();
        await sentry.DisposeAsync();
        await thirdParty.DisposeAsync();

        Assert.Equal(expected.Order(), reported);
    }

    private void MapProbes(IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/probe").AllowAnonymous();
        probe.MapGet("/crash", string () => throw new InvalidOperationException("It broke."));
        probe.MapGet("/broken-rule", string () => throw new DomainException("Not on a Sunday."));
        probe.MapGet("/slow", (CancellationToken ct) =>
        {
            slowRequest.TrySetResult();

            return Task.Delay(Timeout.Infinite, ct);
        });
        probe.MapPost("/leak/{id}", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            var sent = $"{await reader.ReadToEndAsync()} {request.QueryString}";
            var inner = new ArgumentException(sent) { Data = { ["sent"] = sent } };

            throw new InvalidOperationException(sent, inner);
        });
    }

    internal Task<JsonElement> EventOf(Activity trace) => EventOf(trace.TraceId.ToHexString());

    /// <summary>Waits for the event of a trace. Dispose fails where Sentry has got another one.</summary>
    internal async Task<JsonElement> EventOf(string traceId)
    {
        expected.Enqueue(traceId);
        await Eventual.Happens(() => Events().Any(sentryEvent => TraceOf(sentryEvent) == traceId));

        return Assert.Single(Events(), sentryEvent => TraceOf(sentryEvent) == traceId);
    }

    private IEnumerable<JsonElement> Events() =>
        from envelope in sentry.Received
        from line in envelope.Split('\n')
        where line.Contains("\"event_id\"") && line.Contains("\"platform\"")
        select JsonElement.Parse(line);

    private static string TraceOf(JsonElement sentryEvent) =>
        sentryEvent.GetProperty("contexts").GetProperty("trace").Text("trace_id");
}
