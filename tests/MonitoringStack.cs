using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>The published app behind Caddy, and deploy/monitoring around it, with a time that is sixty times as fast.</summary>
internal sealed partial class MonitoringStack : IAsyncDisposable
{
    public const string Missing = "Needs root, Caddy, OpenSSL and Debian's packages of Prometheus and its exporters.";

    private const string Host = "app.example";

    private static readonly string[] Programs =
    [
        "caddy", "openssl", "prometheus", "promtool", "prometheus-alertmanager", "prometheus-blackbox-exporter",
        "prometheus-node-exporter",
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("monitoring-").FullName;
    private readonly List<Process> programs = [];
    private readonly Dictionary<string, int> ports = [];
    private readonly MailServer mail = new();
    private PostgresServer database = null!;
    private Instance app = null!;
    private HttpClient client = null!;
    private CancellationTokenSource? load;

    public static bool IsMissing { get; } = Environment.GetEnvironmentVariable("CI") is null or ""
        && (!Environment.IsPrivilegedProcess || PostgresServer.Installed is null
            || !Programs.All(program => File.Exists($"/usr/bin/{program}")));

    public AlertReceiver Receiver { get; } = new();

    public static async Task<MonitoringStack> Start(Template template)
    {
        var stack = new MonitoringStack();
        var published = await template.Published();
        await stack.MakeDisk();
        await stack.WriteBackup(daysAgo: 0);
        stack.database = await PostgresServer.Start();
        await stack.database.Execute("postgres", "CREATE DATABASE app");
        stack.app = new Instance(published, stack.Settings());
        stack.client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{stack.app.Port}") };
        await stack.app.Run("migrate");
        await stack.app.Start();
        await stack.StartMailServer();
        await stack.UseCertificate(days: 60);
        await stack.StartMonitoring(Path.Combine((await template.Default()).Folder, "deploy", "monitoring"));
        stack.KeepAsking();

        return stack;
    }

    /// <summary>Nothing but the watchdog comes meanwhile.</summary>
    public async Task IsQuietFor(TimeSpan time)
    {
        var before = Receiver.Received;
        await Task.Delay(time, TestContext.Current.CancellationToken);

        Assert.Equal(before, Receiver.Received);
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

    // Its next query fails, and none after it.
    public Task BreakJob() => database.Execute("app", "ALTER TABLE outbox_emails RENAME TO gone");

    public Task RepairJob() => database.Execute("app", "ALTER TABLE gone RENAME TO outbox_emails");

    public Task FillDisk() => Cli.Run(folder, [], "fallocate", "--length", "50M", "disk/full");

    public Task FreeDisk() => Cli.Run(folder, [], "rm", "disk/full");

    /// <summary>Caddy takes a certificate of this age without a pause.</summary>
    public async Task UseCertificate(int days)
    {
        await Cli.Run(folder, [], "sh", "-c", $"""
            set -e
            [ -e ca.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 90 -subj /CN=ca
            openssl req -newkey rsa:2048 -nodes -keyout host.key -out host.csr -subj /CN={Host}
            echo subjectAltName=DNS:{Host} >host.ext
            openssl x509 -req -in host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days {days} -extfile host.ext \
              -out host-{days}.pem
            mv host.key host-{days}.key
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "Caddyfile"), $$"""
            {
                admin 127.0.0.1:{{Port("caddy-admin")}}
                auto_https off
            }
            https://{{Host}}:{{Port("proxy")}} {
                tls host-{{days}}.pem host-{{days}}.key
                reverse_proxy 127.0.0.1:{{app.Port}}
            }

            """);
        if (programs.Count == 0)
        {
            Run("caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile");
            return;
        }

        await Cli.Run(
            folder, [], "caddy", "reload", "--config", "Caddyfile", "--adapter", "caddyfile",
            "--address", $"127.0.0.1:{Port("caddy-admin")}");
    }

    public Task WriteBackup(int daysAgo)
    {
        var at = DateTimeOffset.UtcNow.AddDays(-daysAgo).ToUnixTimeSeconds();

        var metrics = Directory.CreateDirectory(Path.Combine(folder, "metrics")).FullName;

        return File.WriteAllTextAsync(Path.Combine(metrics, "backup.prom"), $"""
            backup_last_success_timestamp_seconds {at}
            backup_last_verified_timestamp_seconds {at}

            """);
    }

    public async Task ExceedLimit()
    {
        var until = DateTime.UtcNow.AddSeconds(12);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            while (DateTime.UtcNow < until)
            {
                using var answer = await client.PostAsJsonAsync(
                    "/api/v1/auth/resend-confirmation", new { email = "nowhere@example.com" });
                await Task.Delay(20);
            }
        }));
    }

    public async ValueTask DisposeAsync()
    {
        await (load?.CancelAsync() ?? Task.CompletedTask);
        foreach (var program in programs)
        {
            program.Kill();
            await program.WaitForExitAsync();
            program.Dispose();
        }

        await (app?.DisposeAsync() ?? default);
        await (database?.DisposeAsync() ?? default);
        mail.Stop();
        client?.Dispose();
        Receiver.Dispose();
        await Cli.Run("/", [], "umount", Path.Combine(folder, "disk"));
        Directory.Delete(folder, recursive: true);
    }

    private int Port(string name) => ports.TryGetValue(name, out var port) ? port : ports[name] = Project.FreePort();

    private void Run(string program, params string[] args)
    {
        var process = Cli.Start(
            folder, new() { ["HOME"] = folder, ["SSL_CERT_FILE"] = Path.Combine(folder, "ca.pem") }, program, args);
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        programs.Add(process);
    }

    private Dictionary<string, string?> Settings() => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["AllowedHosts"] = $"127.0.0.1;{Host}",
        ["App__PublicUrl"] = $"https://{Host}",
        ["ConnectionStrings__Database"] = database.ConnectionString("app").Split("Pooling")[0],
        ["Jwt__SigningKeys__0"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)),
        ["Metrics__Port"] = $"{Port("metrics")}",
        ["Shutdown__Delay"] = "00:00:00",
        ["PwnedPasswords__Enabled"] = "false",
        ["Smtp__Host"] = "127.0.0.1",
        ["Smtp__From"] = $"noreply@{Host}",
        ["Smtp__Port"] = $"{mail.Port}",
        ["Smtp__UseTls"] = "false",
        ["Uploads__Directory"] = Path.Combine(folder, "disk"),
    };

    // Not tmpfs, which is memory and no disk.
    private async Task MakeDisk() => await Cli.Run(folder, [], "sh", "-c", """
        set -e
        truncate --size 64M image
        mkfs.ext4 -q image
        mkdir disk
        mount -o loop image disk
        """);

    // Some requests all the time, as a service has: an outage has failures, and a rate has a whole.
    private void KeepAsking()
    {
        load = new CancellationTokenSource();
        var ct = load.Token;
        _ = Task.Run(async () =>
        {
            while (!ct.IsCancellationRequested)
            {
                try
                {
                    using var answer = await client.PostAsJsonAsync("/api/v1/auth/refresh", new { refreshToken = "x" }, ct);
                }
                catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
                {
                    // The app is down.
                }

                await Task.Delay(100, CancellationToken.None);
            }
        }, ct);
    }

    private async Task StartMonitoring(string files)
    {
        foreach (var file in Directory.GetFiles(files))
        {
            var text = await File.ReadAllTextAsync(file);
            await File.WriteAllTextAsync(Path.Combine(folder, Path.GetFileName(file)), Faster(Reachable(text)));
        }

        var environment = new Dictionary<string, string?>
        {
            ["TMPDIR"] = Directory.CreateDirectory(Path.Combine(folder, "filled")).FullName,
            ["SITE"] = Host,
            ["Smtp__From"] = "noreply@app.example",
            ["ALERT_WEBHOOK_URL"] = Receiver.Url,
            ["WATCHDOG_PING_URL"] = $"{Receiver.Url}/watchdog",
        };
        foreach (var file in (string[])["prometheus.yml", "alertmanager.yml", "blackbox.yml"])
        {
            await Cli.Run(folder, environment, "sh", Path.Combine(files, "start.sh"), file, "true");
        }

        Run("prometheus-node-exporter", $"--web.listen-address=127.0.0.1:{Port("node-exporter")}",
            "--collector.disable-defaults", "--collector.filesystem", "--collector.textfile",
            $"--collector.textfile.directory={folder}/metrics",
            $"--collector.filesystem.mount-points-exclude=^/($|(?!{folder.TrimStart('/')})).*");
        Run("prometheus-blackbox-exporter", $"--web.listen-address=127.0.0.1:{Port("blackbox")}",
            "--config.file=filled/blackbox.yml");
        Run("prometheus-alertmanager", $"--web.listen-address=127.0.0.1:{Port("alertmanager")}",
            "--cluster.listen-address=", "--storage.path=alertmanager", "--config.file=filled/alertmanager.yml");
        Run("prometheus", $"--web.listen-address=127.0.0.1:{Port("prometheus")}",
            "--storage.tsdb.path=prometheus", "--config.file=filled/prometheus.yml");
    }

    private string Reachable(string text) => text
        .Replace("\"app-a:9464\", \"app-b:9464\"", $"\"127.0.0.1:{Port("metrics")}\"")
        .Replace(
            "\"http://app-a:8080/health/ready\", \"http://app-b:8080/health/ready\"",
            $"\"http://127.0.0.1:{app.Port}/health/ready\"")
        .Replace("https://proxy/", $"https://127.0.0.1:{Port("proxy")}/")
        .Replace("node-exporter:9100", $"127.0.0.1:{Port("node-exporter")}")
        .Replace("blackbox:9115", $"127.0.0.1:{Port("blackbox")}")
        .Replace("alertmanager:9093", $"127.0.0.1:{Port("alertmanager")}")
        .Replace("/etc/monitoring", folder);

    private static string Faster(string text)
    {
        text = Duration().Replace(text, time => Shorter(time.Groups["number"].Value, time.Groups["unit"].Value));

        return text.Replace("> 600", "> 10");

        string Shorter(string number, string unit)
        {
            var seconds = int.Parse(number, CultureInfo.InvariantCulture) * (unit switch { "h" => 3600, "m" => 60, _ => 1 });

            return $"{Math.Max(1, seconds / 60)}s";
        }
    }

    // In the files: for: 2m, [5m], scrape_interval: 15s. Not how often an alert is repeated, nor a timeout.
    [GeneratedRegex(@"(?<=for: |\[|(scrape|evaluation|group)_interval: |group_wait: )(?<number>\d+)(?<unit>[smh])(?=\]|$|\s)")]
    private static partial Regex Duration();
}
