using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Domain;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Observability;

public sealed class LoggingTests(SharedApp shared)
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_request_is_one_line_with_user_route_status_and_duration()
    {
        using var client = await shared.SignedInClient();
        using var trace = new Activity("test").Start();

        var account = await (await client.Get("/api/v1/account?password=a-secret-in-the-query")).Json();

        var line = await RequestLine(shared, trace.TraceId.ToHexString());
        Assert.Equal(LogEventLevel.Information, line.Level);
        Assert.Equal("GET /api/v1/account 200 in ", line.RenderMessage()[..27]);
        Assert.Equal("/api/v1/account/", Property(line, "Route"));
        Assert.Equal(account.Text("id"), Property(line, "UserId"));
        Assert.True(double.Parse(Property(line, "Elapsed")) > 0);
    }

    [Fact]
    public async Task Health_probes_are_not_logged()
    {
        await using var app = await new App().Started();
        using var client = app.CreateClient();

        await client.Get("/health/live");
        await client.Get("/health/ready");
        await client.Get("/api/v1/nothing-here");

        await Eventual.Happens(() => app.Log.Lines.Any(IsRequest));
        Assert.Single(app.Log.Lines, IsRequest);
    }

    [Fact]
    public async Task What_is_expected_is_logged_as_information_at_most()
    {
        await using var app = new App
        {
            Routes = routes => routes
                .MapGet("/probe/broken-rule", string () => throw new DomainException("Not on a Sunday."))
                .AllowAnonymous(),
        };
        await app.InitializeAsync();
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();

        await client.Get("/api/v1/nothing-here");
        await client.Get("/api/v1/account");
        await client.Get("/probe/broken-rule");
        await client.PostRaw("/api/v1/auth/login", "{");
        await client.Post("/api/v1/auth/login", new { email = "", password = "" });
        await client.Post("/api/v1/auth/login", new { email, password = "a wrong password" });
        await client.SignUp(email);
        await client.Post("/api/v1/auth/refresh", new { refreshToken = "a wrong token" });

        await Eventual.Happens(() => app.Log.Lines.Count(IsRequest) == 10);
        Assert.DoesNotContain(app.Log.Lines, IsAlarming);
    }

    [Fact]
    public async Task An_unhandled_exception_is_one_error_with_the_trace_id_of_the_answer()
    {
        await using var app = new App
        {
            Routes = routes => routes
                .MapGet("/probe/{id}", string (string id) => throw new InvalidOperationException(id)).AllowAnonymous(),
        };
        await app.InitializeAsync();
        using var client = app.CreateClient();

        var problem = await (await client.Get("/probe/crash")).Json();

        await RequestLine(app, problem.Text("traceId"));
        var error = Assert.Single(app.Log.Lines, IsAlarming);
        Assert.Equal(LogEventLevel.Error, error.Level);
        Assert.Equal(problem.Text("traceId"), error.TraceId?.ToHexString());
        Assert.Equal("/probe/{id}", Property(error, "Route"));
        Assert.IsType<InvalidOperationException>(error.Exception);
    }

    [Fact]
    public async Task A_client_that_disconnects_causes_no_error()
    {
        var arrived = new TaskCompletionSource();
        await using var app = new App
        {
            Routes = routes => routes
                .MapGet("/probe/slow", async (CancellationToken ct) =>
                {
                    arrived.SetResult();
                    await Task.Delay(MaxWait, ct);
                })
                .AllowAnonymous(),
        };
        await app.InitializeAsync();
        using var client = app.CreateClient();
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(Scenarios.Ct);

        var request = client.GetAsync("/probe/slow", hangUp.Token);
        await arrived.Task.WaitAsync(MaxWait, Scenarios.Ct);
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        await Eventual.Happens(() => app.Log.Lines.Any(IsRequest));
        Assert.Equal("499", Property(app.Log.Lines.Single(IsRequest), "StatusCode"));
        Assert.DoesNotContain(app.Log.Lines, IsAlarming);
    }

    [Fact]
    public async Task In_Production_each_line_is_one_JSON_object_whatever_clients_send()
    {
        var (app, client) = await AppProcess.Start(Apps.ProductionSettings);
        using (client)
        await using (app)
        {
            const string Forged = "%0A%0D%0A{\"@l\":\"Error\",\"@m\":\"forged\"}%1B[31m%E2%80%A8";
            var requests = new List<HttpRequestMessage>
            {
                new(HttpMethod.Get, "/api/v1/" + Forged),
                new(HttpMethod.Get, "/api/v1/" + new string('a', 7_000)),
                new(HttpMethod.Get, "/api/v1/account?search=" + Forged),
                new(new HttpMethod("FORGED"), "/api/v1/account"),
                new(HttpMethod.Post, "/api/v1/auth/login")
                {
                    Content = new StringContent("{\"email\":\"\\n\\u001b[31m\"}", Encoding.UTF8, "application/json"),
                },
            };
            foreach (var header in (string[])["traceparent", "X-Request-Id", "User-Agent", "Idempotency-Key"])
            {
                var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/account");
                request.Headers.TryAddWithoutValidation(header, new string('x', 10_000));
                requests.Add(request);
            }

            foreach (var request in requests)
            {
                using var response = await client.SendAsync(request, Scenarios.Ct);
                Assert.InRange((int)response.StatusCode, 400, 499);
            }

            Assert.Equal(0, await app.Stop());

            var lines = app.Output.Select(line => JsonElement.Parse(line)).ToList();
            Assert.All(lines, line => Assert.Equal(JsonValueKind.Object, line.ValueKind));
            Assert.Equal(requests.Count, lines.Count(line => line.TryGetProperty("Elapsed", out _)));
            Assert.All(app.Output.Where(line => line.Contains("Elapsed")), line => Assert.True(line.Length < 2_000));
            Assert.DoesNotContain(app.Output, line => line.Contains("\"@l\":\"Error\""));

            // The last line, so none was lost at the stop. Warnings about the unreachable database come at any time.
            var last = lines.Last(line => !line.TryGetProperty("@l", out _));
            Assert.Equal("Application is shutting down...", last.Text("@m"));
        }
    }

    [Fact]
    public async Task A_request_that_is_not_HTTP_is_logged_as_JSON_too()
    {
        var (app, client) = await AppProcess.Start(Apps.ProductionSettings);
        using (client)
        await using (app)
        {
            using (var socket = new TcpClient(client.BaseAddress!.Host, client.BaseAddress.Port))
            {
                var stream = socket.GetStream();
                await stream.WriteAsync("\u001b[31m\r\n{\"@m\":\"forged\"}\r\n\r\n"u8.ToArray(), Scenarios.Ct);
                await stream.ReadAtLeastAsync(new byte[12], 12, throwOnEndOfStream: false, Scenarios.Ct);
            }

            Assert.Equal(0, await app.Stop());
            Assert.All(app.Output, line => Assert.Equal(JsonValueKind.Object, JsonElement.Parse(line).ValueKind));
        }
    }

    private static bool IsRequest(LogEvent line) =>
        line.Properties.ContainsKey("Elapsed") && line.Level >= LogEventLevel.Information;

    private static bool IsAlarming(LogEvent line) =>
        line.TraceId is not null && line.Level > LogEventLevel.Information;

    private static string Property(LogEvent line, string name) => $"{((ScalarValue)line.Properties[name]).Value}";

    // It is logged after the response was sent.
    private static async Task<LogEvent> RequestLine(App app, string traceId)
    {
        await Eventual.Happens(() => app.Log.Of(traceId).Any(IsRequest));

        return app.Log.Of(traceId).Single(IsRequest);
    }
}
