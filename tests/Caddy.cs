using System.ComponentModel;
using System.Diagnostics;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// Caddy in front of two instances, as docs/operations.md says. Without it the tests that need it are skipped, except
/// in CI, where they fail.
/// </summary>
internal sealed class Caddy : IAsyncDisposable
{
    public const string Missing = "Needs Caddy.";

    private readonly Process process;

    public Caddy(string folder, int port, params int[] instances)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "Caddyfile");
        File.WriteAllText(file, $$"""
            {
                admin off
                auto_https off
            }
            http://:{{port}} {
                reverse_proxy {{string.Join(' ', instances.Select(instance => $"127.0.0.1:{instance}"))}} {
                    health_uri /health/ready
                    health_interval 1s
                    lb_try_duration 5s
                }
            }

            """);
        process = Cli.Start(
            folder, new() { ["HOME"] = folder }, "caddy", "run", "--config", file, "--adapter", "caddyfile");
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
    }

    public static bool IsMissing { get; } = Environment.GetEnvironmentVariable("CI") is null or "" && !Answers();

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static bool Answers()
    {
        try
        {
            using var caddy = Cli.Start(Path.GetTempPath(), [], "caddy", "version");
            caddy.WaitForExit();

            return caddy.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            // Caddy is not installed.
            return false;
        }
    }
}
