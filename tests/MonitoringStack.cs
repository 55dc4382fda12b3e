using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// The published app behind Caddy, deploy/monitoring around it, and the faults that it must notice. A second is a
/// minute.
/// </summary>
internal sealed class MonitoringStack : IAsyncDisposable
{
    public const string Missing = "Needs root, Caddy, OpenSSL and Debian's packages of Prometheus and its exporters.";

    private const string Host = "app.example";

    private static readonly string[] Needed =
    [
        "caddy", "openssl", "prometheus", "promtool", "prometheus-alertmanager", "prometheus-blackbox-exporter",
        "prometheus-node-exporter",
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("monitoring-").FullName;
    private readonly MailServer mail = new();
    private readonly CancellationTokenSource end = new();
    private readonly MonitoringPrograms programs;
    private PostgresServer database = null!;
    private Instance app = null!;
    private HttpClient client = null!;

    private MonitoringStack() => programs = new(folder);

    public static bool IsMissing { get; } = Environment.GetEnvironmentVariable("CI") is null or ""
        && (!Environment.IsPrivilegedProcess || PostgresServer.Installed is null
            || !Needed.All(program => File.Exists($"/usr/bin/{program}")));

    public AlertReceiver Receiver { get; } = new();

    public static async Task<MonitoringStack> Start(Template template)
    {
        var stack = new MonitoringStack();
        await stack.MakeDisk();
        await stack.WriteBackup(daysAgo: 0);
        stack.database = await PostgresServer.Start();
        await stack.database.Execute("postgres", "CREATE DATABASE app");
        stack.app = new Instance(await template.Published(), stack.Settings());
        stack.client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{stack.app.Port}") };
        await stack.app.Run("migrate");
        await stack.app.Start();
        await stack.StartMailServer();
        await stack.programs.StartProxy(Host, stack.app.Port, days: 60);
        var files = Path.Combine((await template.Default()).Folder, "deploy", "monitoring");
        await stack.programs.StartMonitoring(files, stack.Variables(), stack.app.Port);
        _ = stack.KeepAsking();

        return stack;
    }

    /// <summary>Nothing but the watchdog comes meanwhile.</summary>
    public async Task IsQuietFor(TimeSpan time)
    {
        var before = Receiver.Received;
        await Task.Delay(time, TestContext.Current.CancellationToken);

        Assert.Equal(before, Receiver.Received);
    }

    /// <summary>The value of an expression, or null where it has none.</summary>
    public async Task<string?> Ask(string expression)
    {
        using var prometheus = new HttpClient();
        var answer = await prometheus.GetFromJsonAsync<JsonElement>(
            $"http://127.0.0.1:{programs.Port("prometheus")}/api/v1/query?query={Uri.EscapeDataString(expression)}");
        var result = answer.GetProperty("data").GetProperty("result");

        return result.GetArrayLength() == 0 ? null : result[0].GetProperty("value")[1].GetString();
    }

    public Task KillApp() => app.Kill();

    public Task StartApp() => app.Start();

    public Task StopDatabase() => database.Stop();

    public Task StartDatabase() => database.Start();

    public async Task SendMailToNowhere()
    {
        mail.Stop();
        var credentials = new { email = "ada@example.com", password = "correct horse battery staple" };
        (await client.PostAsJsonAsync("/api/v1/auth/register", credentials)).EnsureSuccessStatusCode();
    }

    public Task StartMailServer()
    {
        mail.Start();

        return Task.CompletedTask;
    }

    // The worker asks for the next mail every five seconds.
    public Task BreakJob() => database.Execute("app", "ALTER TABLE outbox_emails RENAME TO gone");

    public Task RepairJob() => database.Execute("app", "ALTER TABLE gone RENAME TO outbox_emails");

    public Task FillDisk() => Cli.Run(folder, [], "fallocate", "--length", "48M", "disk/full");

    public Task FreeDisk() => Cli.Run(folder, [], "rm", "disk/full");

    public Task UseCertificate(int days) => programs.UseCertificate(Host, app.Port, days);

    public Task WriteBackup(int daysAgo)
    {
        var at = DateTimeOffset.UtcNow.AddDays(-daysAgo).ToUnixTimeSeconds();
        var metrics = Directory.CreateDirectory(Path.Combine(folder, "metrics")).FullName;

        return File.WriteAllTextAsync(Path.Combine(metrics, "backup.prom"), $"""
            backup_last_success_timestamp_seconds {at}
            backup_last_verified_timestamp_seconds {at}

            """);
    }

    /// <summary>For long enough that the alert comes, which then ends by itself.</summary>
    public async Task ExceedLimit()
    {
        while (!Receiver.Received.Contains("TooManyRefused firing") && !end.IsCancellationRequested)
        {
            await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.PostAsJsonAsync(
                "/api/v1/auth/resend-confirmation", new { email = "nowhere@example.com" })));
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await programs.DisposeAsync();
        await (app?.DisposeAsync() ?? default);
        await (database?.DisposeAsync() ?? default);
        mail.Stop();
        client?.Dispose();
        Receiver.Dispose();
        await Cli.Run("/", [], "umount", Path.Combine(folder, "disk"));
        Directory.Delete(folder, recursive: true);
    }

    // Not tmpfs, which is memory and no disk.
    private Task MakeDisk() => Cli.Run(folder, [], "sh", "-c", """
        set -e
        truncate --size 64M image
        mkfs.ext4 -q image
        mkdir disk
        mount -o loop image disk
        """);

    // As a service is asked all the time: an outage has failures, and a share has a whole.
    private async Task KeepAsking()
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                using var answer = await client.GetAsync("/api/v1/account", end.Token);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                // The app is down, or the test ends.
            }

            await Task.Delay(100);
        }
    }

    private Dictionary<string, string?> Variables() => new()
    {
        ["SITE"] = Host,
        ["Smtp__From"] = $"noreply@{Host}",
        ["ALERT_WEBHOOK_URL"] = Receiver.Url,
        ["WATCHDOG_PING_URL"] = $"{Receiver.Url}/watchdog",
    };

    private Dictionary<string, string?> Settings() => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["AllowedHosts"] = $"127.0.0.1;{Host}",
        ["App__PublicUrl"] = $"https://{Host}",
        // Without what the tests add for themselves.
        ["ConnectionStrings__Database"] = database.ConnectionString("app").Split("Pooling")[0],
        ["Jwt__SigningKeys__0"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)),
        ["Metrics__Port"] = $"{programs.Port("metrics")}",
        ["PwnedPasswords__Enabled"] = "false",
        ["Shutdown__Delay"] = "00:00:00",
        ["Smtp__Host"] = "127.0.0.1",
        ["Smtp__Port"] = $"{mail.Port}",
        ["Smtp__From"] = $"noreply@{Host}",
        ["Smtp__UseTls"] = "false",
        ["Uploads__Directory"] = Path.Combine(folder, "disk"),
    };
}
