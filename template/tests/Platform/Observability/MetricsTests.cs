using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Observability;

/// <summary>The metrics for Prometheus, on a port of their own.</summary>
public sealed class MetricsTests
{
    private static readonly string[] Ours =
    [
        "app_jobs_failed_total",
        "app_jobs_last_success_timestamp_seconds",
        "app_mail_deliveries_total",
        "app_outbox_oldest_seconds",
        "app_outbox_pending",
        "app_password_lookups_available",
        "app_password_lookups_total",
        "app_rate_limit_rejections_total",
        "app_security_events_total",
        "app_upload_bytes_total",
    ];

    [Theory]
    [InlineData("ASPNETCORE_URLS")]
    [InlineData("ASPNETCORE_HTTP_PORTS")]
    public async Task All_exist_from_the_start_on_their_port_alone_also_while_the_database_is_away(string setting)
    {
        var (port, metrics) = (FreePort(), FreePort());
        var value = setting == "ASPNETCORE_URLS" ? $"http://127.0.0.1:{port}" : $"{port}";
        await using var app = await Start(metrics, ("ASPNETCORE_URLS", ""), (setting, value));
        using var client = ClientOf(metrics, host: "forged.example");

        var scraped = await client.GetStringAsync("/metrics", Scenarios.Ct);

        var ours = SeriesIn(scraped).Where(series => series.Key.StartsWith("app_")).ToList();
        Assert.Equal(Ours, ours.Select(series => NameOf(series.Key)).Distinct().Order());
        Assert.All(ours, series => Assert.Equal(series.Key.Contains("_available{") ? 1 : 0, series.Value));
        foreach (var path in new[] { "/", "/health/live", "/api/v1/account" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(path, Scenarios.Ct)).StatusCode);
        }

        using var api = ClientOf(port, host: "127.0.0.1");
        Assert.Equal(HttpStatusCode.NotFound, (await api.GetAsync("/metrics", Scenarios.Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/health/live", Scenarios.Ct)).StatusCode);
        Assert.DoesNotContain(app.Output, line => line.Contains("\"@l\":\"Warning\"") && line.Contains("HTTP_PORTS"));
    }

    [Fact]
    public async Task A_scan_of_paths_methods_and_hosts_makes_no_series()
    {
        var (port, metrics) = (FreePort(), FreePort());
        await using var app = await Start(metrics, ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"));
        using var scraper = ClientOf(metrics, host: "prometheus");
        using var client = ClientOf(port, host: "127.0.0.1");
        await Scan(client, "first");
        var before = SeriesIn(await Eventually(scraper, series => series.Count > 0)).Count;

        for (var i = 0; i < 50; i++)
        {
            await Scan(client, $"{Guid.NewGuid():N}");
        }

        var after = SeriesIn(await Eventually(
            scraper, series => Sum(series, "http_server_request_duration_seconds_count") >= 150));
        Assert.InRange(after.Count, 0, before + 60);
    }

    [PostgresFact]
    public async Task What_happens_is_counted()
    {
        var (port, metrics) = (FreePort(), FreePort());
        var database = await TestPostgres.CreateMigratedDatabase();
        await using var app = await Start(
            metrics,
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"),
            ("ConnectionStrings:Database", database),
            ("PwnedPasswords:Enabled", "false"),
            ("RateLimits:Auth:PermitLimit", "3"));
        using var scraper = ClientOf(metrics, host: "prometheus");
        using var client = ClientOf(port, host: "127.0.0.1");
        var email = Scenarios.NewAddress();

        await client.SignUp(email);
        foreach (var expected in new[]
        {
            HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests,
        })
        {
            var answer = await client.Post("/api/v1/auth/login", new { email, password = "a wrong password of it" });
            Assert.Equal(expected, answer.StatusCode);
        }

        // The mail server is away, and the gauges are read every five seconds.
        await Eventually(scraper, series =>
            Sum(series, "app_outbox_pending") == 1
            && Sum(series, "app_outbox_oldest_seconds") > 0
            && Sum(series, "app_mail_deliveries_total", "outcome=\"failed\"") > 0
            && Sum(series, "app_security_events_total", "event=\"sign-in-failed\"") == 2
            && Sum(series, "app_rate_limit_rejections_total", "limit=\"auth\"") == 1
            && Sum(series, "http_server_request_duration_seconds_count", "http_route=\"/api/v1/auth/login\"") == 3
            && Sum(series, "db_client_connection_count") > 0);
    }

    [Fact]
    public async Task A_port_that_is_in_use_or_that_of_the_app_is_named()
    {
        using var other = new TcpListener(IPAddress.IPv6Any, port: 0);
        other.Start();
        var port = $"{((IPEndPoint)other.LocalEndpoint).Port}";

        var (exitCode, _, inUse) = await AppProcess.Run(With(("Metrics:Port", port)));
        var (_, _, same) = await AppProcess.Run(
            With(("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"), ("Metrics:Port", port)));

        Assert.Equal(1, exitCode);
        Assert.All([Assert.Single(inUse), Assert.Single(same)], line =>
        {
            Assert.Contains("port of Metrics:Port", line);
            Assert.DoesNotContain("ASPNETCORE", line);
        });
    }

    private static async Task Scan(HttpClient client, string word)
    {
        foreach (var (method, path) in new[]
        {
            ("GET", $"/{word}"), ("GET", $"/api/v1/{word}"), ($"X{word}", "/health/live"),
            ("DELETE", $"/api/v1/account/sessions/{word}"),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.UserAgent.ParseAdd(word);
            await client.SendAsync(request, Scenarios.Ct);
        }
    }

    private static async Task<AppProcess> Start(int metrics, params (string, string)[] settings)
    {
        var (app, client) = await AppProcess.Start(With([("Metrics:Port", $"{metrics}"), .. settings]));
        client.Dispose();

        return app;
    }

    private static Dictionary<string, string> With(params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string>(Apps.ProductionSettings);
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return all;
    }

    private static HttpClient ClientOf(int port, string host) => new()
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        DefaultRequestHeaders = { Host = host },
    };

    private static async Task<string> Eventually(HttpClient scraper, Func<Dictionary<string, double>, bool> isTrue)
    {
        var scraped = "";
        await Eventual.Happens(async () =>
            isTrue(SeriesIn(scraped = await scraper.GetStringAsync("/metrics", Scenarios.Ct))));

        return scraped;
    }

    private static Dictionary<string, double> SeriesIn(string scraped) => scraped.Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split("} "))
        .Where(parts => parts.Length == 2)
        .ToDictionary(parts => parts[0], parts => double.Parse(parts[1].Split(' ')[0], CultureInfo.InvariantCulture));

    private static string NameOf(string series) => series.Split('{')[0];

    private static double Sum(Dictionary<string, double> series, string name, string label = "") => series
        .Where(one => NameOf(one.Key) == name && one.Key.Contains(label)).Sum(one => one.Value);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
