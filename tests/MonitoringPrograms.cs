using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>Caddy, Prometheus and what belongs to it, in a folder, each on a free port.</summary>
internal sealed partial class MonitoringPrograms(string folder) : IAsyncDisposable
{
    private readonly List<Process> programs = [];
    private readonly Dictionary<string, int> ports = [];

    public int Port(string name) => ports.TryGetValue(name, out var port) ? port : ports[name] = Project.FreePort();

    public void Start(string program, params string[] args)
    {
        var process = Cli.Start(
            folder, new() { ["HOME"] = folder, ["SSL_CERT_FILE"] = Path.Combine(folder, "ca.pem") }, program, args);
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        programs.Add(process);
    }

    /// <summary>Starts Caddy, with a certificate that is valid for this number of days.</summary>
    /// <param name="app">The port of the app.</param>
    public async Task StartProxy(string host, int app, int days)
    {
        await WriteCertificate(host, app, days);
        Start("caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile");
    }

    /// <summary>Caddy takes another certificate without a pause.</summary>
    public async Task UseCertificate(string host, int app, int days)
    {
        await WriteCertificate(host, app, days);
        await Cli.Run(
            folder, new() { ["HOME"] = folder }, "caddy", "reload", "--config", "Caddyfile", "--adapter", "caddyfile",
            "--address", $"127.0.0.1:{Port("caddy-admin")}");
    }

    /// <summary>Starts them with the files of deploy/monitoring.</summary>
    /// <param name="variables">Those of app.env.</param>
    /// <param name="app">The port of the app.</param>
    public async Task StartMonitoring(string files, Dictionary<string, string?> variables, int app)
    {
        variables["TMPDIR"] = Directory.CreateDirectory(Path.Combine(folder, "filled")).FullName;
        foreach (var file in Directory.GetFiles(files))
        {
            var text = await File.ReadAllTextAsync(file);
            await File.WriteAllTextAsync(Path.Combine(folder, Path.GetFileName(file)), Faster(Reachable(text, app)));
        }

        foreach (var file in (string[])["prometheus.yml", "alertmanager.yml", "blackbox.yml"])
        {
            await Cli.Run(folder, variables, "sh", "start.sh", file, "true");
        }

        Start(
            "prometheus-node-exporter", $"--web.listen-address=127.0.0.1:{Port("node-exporter")}",
            "--collector.disable-defaults", "--collector.filesystem", "--collector.textfile", "--collector.cpu",
            $"--collector.textfile.directory={folder}/metrics",
            // The disk of the test alone: the other ones of this machine may be full.
            $"--collector.filesystem.mount-points-exclude={OtherThan($"{folder}/disk")}");
        Start(
            "prometheus-blackbox-exporter", $"--web.listen-address=127.0.0.1:{Port("blackbox")}",
            "--config.file=filled/blackbox.yml");
        Start(
            "prometheus-alertmanager", $"--web.listen-address=127.0.0.1:{Port("alertmanager")}",
            "--cluster.listen-address=", "--storage.path=alertmanager", "--config.file=filled/alertmanager.yml");
        Start(
            "prometheus", $"--web.listen-address=127.0.0.1:{Port("prometheus")}",
            "--storage.tsdb.path=prometheus", "--config.file=filled/prometheus.yml");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in programs)
        {
            program.Kill();
            await program.WaitForExitAsync();
            program.Dispose();
        }
    }

    private async Task WriteCertificate(string host, int app, int days)
    {
        await Cli.Run(folder, [], "sh", "-c", $"""
            set -e
            [ -e ca.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 90 -subj /CN=ca
            openssl req -newkey rsa:2048 -nodes -keyout host-{days}.key -out host.csr -subj /CN={host}
            echo subjectAltName=DNS:{host} >host.ext
            openssl x509 -req -in host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days {days} -extfile host.ext \
              -out host-{days}.pem
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "Caddyfile"), $$"""
            {
                admin 127.0.0.1:{{Port("caddy-admin")}}
                auto_https off
            }
            https://{{host}}:{{Port("proxy")}} {
                tls host-{{days}}.pem host-{{days}}.key
                reverse_proxy 127.0.0.1:{{app}}
            }

            """);
    }

    private string Reachable(string text, int app) => text
        .Replace("\"app-a:9464\", \"app-b:9464\"", $"\"127.0.0.1:{Port("metrics")}\"")
        .Replace(
            "\"http://app-a:8080/health/ready\", \"http://app-b:8080/health/ready\"",
            $"\"http://127.0.0.1:{app}/health/ready\"")
        .Replace("https://proxy/", $"https://127.0.0.1:{Port("proxy")}/")
        .Replace("node-exporter:9100", $"127.0.0.1:{Port("node-exporter")}")
        .Replace("blackbox:9115", $"127.0.0.1:{Port("blackbox")}")
        .Replace("alertmanager:9093", $"127.0.0.1:{Port("alertmanager")}")
        .Replace("/etc/monitoring", folder);

    // A second for a minute, but more for a group: Alertmanager repeats what it has not sent within its interval.
    private static string Faster(string text) => Duration().Replace(text, Shorter)
        .Replace("> 600", "> 10").Replace("group_interval: 1m", "group_interval: 5s");

    private static string Shorter(Match time)
    {
        var number = int.Parse(time.Groups["number"].Value, CultureInfo.InvariantCulture);
        var seconds = number * (time.Groups["unit"].Value switch { "h" => 3600, "m" => 60, _ => 1 });

        return $"{Math.Max(1, seconds / 60)}s";
    }

    // Go has no negative lookahead: all paths that differ from this one in a letter, or end before it.
    private static string OtherThan(string path)
    {
        var others = Enumerable.Range(1, path.Length - 1).Select(end =>
            $"{Regex.Escape(path[..end])}([^{Regex.Escape(path[end..(end + 1)])}].*)?");

        return $"^({string.Join('|', others)})$";
    }

    // In the files: for: 2m, [5m], scrape_interval: 15s. Neither how often an alert is repeated, nor a timeout.
    [GeneratedRegex("""
        (?<=for:\s|\[|(scrape|evaluation)_interval:\s|group_wait:\s)
        (?<number>\d+)(?<unit>[smh])(?=\]|\s|$)
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Duration();
}
