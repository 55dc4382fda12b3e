using ProdReady.Infrastructure.Observability;

namespace ProdReady.Doctor;

internal static class Monitoring
{
    // A report of the SDK about itself makes no event: https://develop.sentry.dev/sdk/telemetry/client-reports
    private const string ClientReport = "{}\n{\"type\":\"client_report\"}\n{\"discarded_events\":[]}\n";

    public static Task[] Checks(Examination app) =>
    [
        app.Check("D601", () => app.Settings<ErrorTrackingOptions>().Dsn.Length == 0, () =>
        [
            app.Check("D602", async (_, ct) =>
            {
                // From https://KEY@HOST/PROJECT to https://HOST/api/PROJECT/envelope/; HOST may have a path too.
                var dsn = new Uri(app.Settings<ErrorTrackingOptions>().Dsn);
                var path = new Uri(dsn, $"api/{dsn.Segments[^1]}/envelope/?sentry_version=7&sentry_key={dsn.UserInfo}");
                using var http = new HttpClient();
                using var answer = await http.PostAsync(path, new StringContent(ClientReport), ct);

                return answer.IsSuccessStatusCode ? null : $"it answers {(int)answer.StatusCode}";
            }),
        ]),
        app.Check("D603", () => app.Settings<TelemetryOptions>().Endpoint is null
            && string.IsNullOrEmpty(app.Configuration["Metrics:Port"])),
    ];
}
