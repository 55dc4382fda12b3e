using System.Net.Sockets;
using ProdReady.Infrastructure.Observability;

namespace ProdReady.Doctor;

internal static class Monitoring
{
    // A report of the SDK about itself makes no event: https://develop.sentry.dev/sdk/telemetry/client-reports
    private const string ClientReport = "{}\n{\"type\":\"client_report\"}\n{\"discarded_events\":[]}\n";

    public static Check[] Checks(ExaminedApp app) =>
    [
        new("D601", () => app.Settings<ErrorTrackingOptions>().Dsn.Length == 0),
        new("D602", async ct =>
        {
            var dsn = new Uri(app.Settings<ErrorTrackingOptions>().Dsn);
            var project = dsn.AbsolutePath.LastIndexOf('/');
            var path = $"{dsn.AbsolutePath[..project]}/api{dsn.AbsolutePath[project..]}/envelope/";
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Add(
                "X-Sentry-Auth", $"Sentry sentry_version=7, sentry_client=doctor/1.0, sentry_key={dsn.UserInfo}");
            using var answer = await http.PostAsync(
                $"{dsn.Scheme}://{dsn.Authority}{path}", new StringContent(ClientReport), ct);

            return answer.IsSuccessStatusCode ? null : $"it answers {(int)answer.StatusCode}";
        }, After: "D601"),
        new("D603", () => app.Settings<TelemetryOptions>().Endpoint is null
            && string.IsNullOrEmpty(app.Configuration["Metrics:Port"])),
        new("D604", async ct =>
        {
            using var collector = new TcpClient();
            if (app.Settings<TelemetryOptions>().Endpoint is { } endpoint)
            {
                await collector.ConnectAsync(endpoint.Host, endpoint.Port, ct);
            }

            return null;
        }),
    ];
}
