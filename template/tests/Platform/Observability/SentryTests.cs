using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using ProdReady.Domain;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Observability;

public sealed class SentryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_nobody_expected_is_one_event_that_finds_its_request()
    {
        await using var sentry = await Collector.Start();
        await using var app = await Reporting(sentry).Started();
        using var client = app.CreateClient();

        var problem = await (await client.Get("/probe/crash")).Json();
        var next = await (await client.Get("/probe/crash")).Json();

        var reports = await Events(sentry, count: 2);
        Assert.Equal([problem.Text("traceId"), next.Text("traceId")], reports.Select(TraceId));
        var report = reports[0];
        Assert.Equal(problem.Text("traceId"), report.GetProperty("tags").Text("traceId"));
        Assert.Equal("Development", report.Text("environment"));
        Assert.Equal("app@1.2.3", report.Text("release"));
        Assert.Equal("/probe/crash", report.Text("transaction"));
        Assert.Contains("InvalidOperationException", report.GetProperty("exception").GetRawText());
    }

    [Fact]
    public async Task An_event_says_nothing_about_people_and_no_secret()
    {
        await using var sentry = await Collector.Start();
        await using var app = await Reporting(sentry).Started();
        using var client = await app.SignedInClient();
        var longWord = $"{Guid.NewGuid():N}{Guid.NewGuid():N}";

        await client.PostRaw("/probe/leak?code=the-query", $"ada@example.com 'the text' password: hunter2 {longWord}");

        var report = Assert.Single(await Events(sentry, count: 1)).GetRawText();
        Assert.All(
            [
                "ada@", "example.com", "the text", "the-query", "hunter2", longWord, "127.0.0.1", "Bearer ",
                client.DefaultRequestHeaders.Authorization!.Parameter!,
            ],
            secret => Assert.DoesNotContain(secret, report, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_is_expected_is_no_event()
    {
        await using var sentry = await Collector.Start();
        var arrived = new TaskCompletionSource();
        await using var app = await Reporting(sentry, arrived).Started();
        using var client = app.CreateClient();

        await client.Get("/api/v1/nothing-here");
        await client.Get("/api/v1/account");
        await client.Get("/probe/broken-rule");
        await client.PostRaw("/api/v1/auth/login", "{");
        await client.Post("/api/v1/auth/login", new { email = "", password = "" });
        using (var impatient = new CancellationTokenSource())
        {
            var request = client.GetAsync("/probe/slow", impatient.Token);
            await arrived.Task.WaitAsync(Patience, Stories.Ct);
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }

        await Eventual.Happens(() => app.Log.Lines.Any(line => line.RenderMessage().StartsWith("GET /probe/slow 499")));
        await client.Get("/probe/crash");

        Assert.Equal("/probe/crash", Assert.Single(await Events(sentry, count: 1)).Text("transaction"));
    }

    [Fact]
    public async Task A_mail_that_cannot_be_delivered_is_one_event_with_the_trace_of_its_request()
    {
        await using var sentry = await Collector.Start();
        await using var app = Reporting(sentry);
        app["Smtp:Host"] = "127.0.0.1";
        app["Smtp:Port"] = "1";
        await app.InitializeAsync();
        using var client = app.CreateClient();
        using var trace = new Activity("test").Start();

        await client.SignUp(Stories.NewAddress());
        await Eventual.Happens(() => FailedAttempts(app).Any());
        await DueAgain(app, EmailSender.AttemptsBeforeAlarm - 1);
        await Eventual.Happens(() => FailedAttempts(app).Any(line => line.Level == LogEventLevel.Error));
        var attempts = FailedAttempts(app).Count();
        await DueAgain(app, EmailSender.AttemptsBeforeAlarm);
        await Eventual.Happens(() => FailedAttempts(app).Count() > attempts);

        var report = Assert.Single(await Events(sentry, count: 1));
        Assert.Equal(trace.TraceId.ToHexString(), TraceId(report));
        Assert.DoesNotContain("@example.com", report.GetRawText());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_Sentry_that_hangs_or_is_away_holds_nobody_up(bool hangs)
    {
        await using var sentry = await Collector.Start(hangs);
        var authority = hangs ? sentry.Authority : "127.0.0.1:1";
        await using var app = Reporting(sentry);
        app["Sentry:Dsn"] = $"http://key@{authority}/1";
        await app.InitializeAsync();
        using var client = app.CreateClient();

        await CrashOften().WaitAsync(Patience, Stories.Ct);
        await app.Stop().WaitAsync(StopPatience, Stories.Ct);

        async Task CrashOften()
        {
            for (var i = 0; i < 50; i++)
            {
                await client.Get("/probe/crash");
            }
        }
    }

    private static App Reporting(Collector sentry, TaskCompletionSource? arrived = null) => new()
    {
        Routes = routes => MapProbes(routes, arrived),
        ["Sentry:Dsn"] = $"http://key@{sentry.Authority}/1",
        ["Sentry:Release"] = "app@1.2.3",
    };

    private static void MapProbes(IEndpointRouteBuilder routes, TaskCompletionSource? arrived)
    {
        var probe = routes.MapGroup("/probe").AllowAnonymous();
        probe.MapGet("/crash", string () => throw new InvalidOperationException("It broke."));
        probe.MapGet("/broken-rule", string () => throw new DomainException("Not on a Sunday."));
        probe.MapGet("/slow", (CancellationToken ct) =>
        {
            arrived?.TrySetResult();

            return Task.Delay(Timeout.Infinite, ct);
        });
        probe.MapPost("/leak", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            var sent = $"{await reader.ReadToEndAsync()} {request.QueryString}";
            var inner = new ArgumentException(sent) { Data = { ["sent"] = sent } };

            throw new InvalidOperationException(sent, inner);
        });
    }

    private static IEnumerable<LogEvent> FailedAttempts(App app) =>
        app.Log.Lines.Where(line => line.MessageTemplate.Text.StartsWith("Mail {EmailId} was not delivered"));

    private static Task<int> DueAgain(App app, int attempts) => app.Query(db => db.Outbox.ExecuteUpdateAsync(
        set => set
            .SetProperty(mail => mail.Attempts, attempts)
            .SetProperty(mail => mail.NextAttemptAt, DateTimeOffset.UtcNow),
        Stories.Ct));

    private static string TraceId(JsonElement report) =>
        report.GetProperty("contexts").GetProperty("trace").Text("trace_id");

    /// <summary>Everything that came, as soon as there is enough of it.</summary>
    private static async Task<List<JsonElement>> Events(Collector sentry, int count)
    {
        await Eventual.Happens(() => Events(sentry).Count >= count);

        return Events(sentry);
    }

    private static List<JsonElement> Events(Collector sentry) =>
        [.. sentry.Received
            .SelectMany(envelope => envelope.Split('\n'))
            .Where(line => line.Contains("\"event_id\"") && line.Contains("\"platform\""))
            .Select(line => JsonElement.Parse(line))];
}
