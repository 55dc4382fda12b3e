using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ProdReady.Infrastructure.Email;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;
using Sentry.Extensibility;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Observability;

/// <summary>The tests share an app, and so find their events by the trace id.</summary>
// Sentry's hub is static: another app with a DSN, such as one that doctor examines, must not run at the same time.
[CollectionDefinition(nameof(SentryTests), DisableParallelization = true)]
[Collection(nameof(SentryTests))]
public sealed class SentryTests(SentryApp app) : IClassFixture<SentryApp>
{
    [Fact]
    public async Task An_unhandled_exception_is_one_event_with_the_trace_id_of_the_answer()
    {
        using var client = app.CreateClient();

        var problem = await (await client.Get("/probe/crash")).Json();
        var next = await (await client.Get("/probe/crash")).Json();

        Assert.NotEqual(problem.Text("traceId"), next.Text("traceId"));
        await app.EventOf(next.Text("traceId"));
        var report = await app.EventOf(problem.Text("traceId"));
        Assert.Equal(problem.Text("traceId"), report.GetProperty("tags").Text("traceId"));
        Assert.Equal("Development", report.Text("environment"));
        Assert.Equal("app@1.2.3", report.Text("release"));
        Assert.Equal("/probe/crash", report.Text("transaction"));
        Assert.Contains("InvalidOperationException", report.GetProperty("exception").GetRawText());
    }

    [Fact]
    public async Task An_event_holds_nothing_of_the_request_and_no_secret()
    {
        using var client = await app.SignedInClient();
        using var trace = new Activity("test").Start();
        var longWord = $"{Guid.NewGuid():N}{Guid.NewGuid():N}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/probe/leak/the-path?code=the-query")
        {
            Headers = { { "Cookie", "id=the-cookie" }, { "User-Agent", "the-agent" }, { "X-Probe", "the-header" } },
            Content = new StringContent($"ada@example.com 'the text' password: hunter2 {longWord}"),
        };

        using var response = await client.SendAsync(request, Scenarios.Ct);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var report = (await app.EventOf(trace)).GetRawText();
        Assert.All(
            [
                "ada@", "example.com", "the text", "the-path", "the-query", "the-cookie", "the-agent", "the-header",
                "hunter2", longWord, "127.0.0.1", "Bearer ",
                client.DefaultRequestHeaders.Authorization!.Parameter!,
            ],
            secret => Assert.DoesNotContain(secret, report, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_is_expected_is_no_event()
    {
        using var client = app.CreateClient();
        using var trace = new Activity("test").Start();

        await client.Get("/api/v1/nothing-here");
        await client.Get("/api/v1/account");
        await client.Get("/probe/broken-rule");
        await client.PostRaw("/api/v1/auth/login", "{");
        await client.Post("/api/v1/auth/login", new { email = "", password = "" });
        using (var impatient = new CancellationTokenSource())
        {
            var request = client.GetAsync("/probe/slow", impatient.Token);
            await app.SlowRequest.WaitAsync(TimeSpan.FromSeconds(60), Scenarios.Ct);
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }

        await Eventual.Happens(() => app.Log.Lines.Any(line => line.RenderMessage().StartsWith("GET /probe/slow 499")));
        await client.Get("/probe/crash");

        Assert.Equal("/probe/crash", (await app.EventOf(trace)).Text("transaction"));
    }

    [Fact]
    public async Task A_call_to_a_third_party_carries_no_context_of_a_trace_and_its_failure_is_no_event()
    {
        using var client = app.CreateClient();
        using var trace = new Activity("test").Start();

        await client.SignUp(Scenarios.NewAddress());
        await client.Get("/probe/crash");

        Assert.Equal("/probe/crash", (await app.EventOf(trace)).Text("transaction"));
        Assert.Contains("Add-Padding", app.ThirdPartyHeaders);
        Assert.All(
            ["sentry-trace", "traceparent", "tracestate", "baggage", "Request-Id", "Correlation-Context"],
            name => Assert.DoesNotContain(name, app.ThirdPartyHeaders, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_failed_job_is_one_event_and_a_database_that_is_temporarily_unavailable_is_none()
    {
        using var trace = new Activity("test").Start();
        var failures = app.Services.GetRequiredService<JobFailures>();

        failures.Report("transient", new NpgsqlException("The connection broke.", new IOException()));
        failures.Report("broken", new InvalidOperationException("Sent by ada@example.com"));

        var report = await app.EventOf(trace);
        Assert.Equal("broken", report.Text("transaction"));
        Assert.Equal("Job {Job} failed", report.GetProperty("logentry").Text("message"));
        Assert.Equal("Development", report.Text("environment"));
        Assert.Equal("app@1.2.3", report.Text("release"));
        Assert.Contains("InvalidOperationException", report.GetProperty("exception").GetRawText());
        Assert.DoesNotContain("@example.com", report.GetRawText());
    }

    [Fact]
    public async Task A_mail_that_cannot_be_delivered_is_one_event_with_the_trace_of_its_request()
    {
        await using var mailing = new App
        {
            ["Smtp:Host"] = "127.0.0.1",
            ["Smtp:Port"] = "1",
            Replace = services => services.AddSingleton<IHub>(HubAdapter.Instance),
        };
        await mailing.InitializeAsync();
        using var client = mailing.CreateClient();
        using var trace = new Activity("test").Start();

        await client.SignUp(Scenarios.NewAddress());
        await Eventual.Happens(() => FailedAttempts(mailing).Any());
        await DueAgain(mailing, EmailSender.AttemptsBeforeAlarm - 1);
        await Eventual.Happens(() => FailedAttempts(mailing).Any(line => line.Level == LogEventLevel.Error));
        var attempts = FailedAttempts(mailing).Count();
        await DueAgain(mailing, EmailSender.AttemptsBeforeAlarm);
        await Eventual.Happens(() => FailedAttempts(mailing).Count() > attempts);

        var report = await app.EventOf(trace);
        Assert.Equal(
            "Mail {EmailId} was not delivered; next attempt in {Pause:0} s",
            report.GetProperty("logentry").Text("message"));
        Assert.DoesNotContain("@example.com", report.GetRawText());
    }

    private static IEnumerable<LogEvent> FailedAttempts(App app) =>
        app.Log.Lines.Where(line => line.MessageTemplate.Text.StartsWith("Mail {EmailId} was not delivered"));

    private static Task<int> DueAgain(App app, int attempts) => app.Query(db => db.Set<OutboxEmail>()
        .ExecuteUpdateAsync(
            set => set
                .SetProperty(mail => mail.Attempts, attempts)
                .SetProperty(mail => mail.NextAttemptAt, DateTimeOffset.UtcNow),
            Scenarios.Ct));
}
