using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;

namespace ProdReady.Tests.Support;

/// <summary>The app as an operator starts it: a process, in Production, with settings in its environment.</summary>
internal sealed partial class AppProcess : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly TaskCompletionSource<Uri> listening = new();
    private readonly ConcurrentQueue<string> output = new();
    private readonly ConcurrentQueue<string> errors = new();

    private AppProcess(
        IReadOnlyDictionary<string, string> settings,
        string[] args,
        string? folder,
        Action<IEndpointRouteBuilder>? routes,
        string[]? through = null)
    {
        var app = typeof(Program).Assembly.Location;
        // Only the tests' own list of assemblies names the one that maps the routes.
        string[] assemblies = routes is null
            ? []
            : ["exec", "--depsfile", Path.ChangeExtension(Assembly.GetEntryAssembly()!.Location, ".deps.json")];
        string[] command = [.. through ?? [], "dotnet", .. assemblies, app, .. args];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        // No proxy has to notice that it stops.
        start.Environment["Shutdown__Delay"] = "00:00:00";
        // As for the tests themselves: see tests/Directory.Build.props.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__")] = value;
        }

        foreach (var (key, value) in routes is null ? [] : ExtraRoutesOfProcess.VariablesFor(routes.Method))
        {
            start.Environment[key] = value;
        }

        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Read(line.Data, output);
        process.ErrorDataReceived += (_, line) => Read(line.Data, errors);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The lines on standard output.</summary>
    public IEnumerable<string> Output => output;

    /// <summary>The most memory that it has had so far, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            process.Refresh();

            return process.PeakWorkingSet64;
        }
    }

    /// <summary>Waits for the end, which the test expects.</summary>
    /// <param name="folder">The working directory; without it, that of the tests.</param>
    /// <param name="through">A command that starts the app, in its own process.</param>
    /// <param name="stopAfter">When it is asked to end, whether it serves already or not.</param>
    public static async Task<(int ExitCode, string[] Output, string[] Errors)> Run(
        IReadOnlyDictionary<string, string> settings,
        string[]? args = null,
        string? folder = null,
        string[]? through = null,
        TimeSpan? stopAfter = null)
    {
        await using var app = new AppProcess(settings, args ?? [], folder, routes: null, through);
        var ended = app.Ended();
        if (stopAfter is { } moment)
        {
            await Task.WhenAny(ended, Task.Delay(moment, Scenarios.Ct));
            await app.Stop();
        }

        var exitCode = await ended;

        return (exitCode, [.. app.output], [.. app.errors]);
    }

    /// <summary>Waits until the app answers requests.</summary>
    /// <param name="routes">Adds routes, as App.Routes does: a static method, since the process calls it.</param>
    /// <param name="folder">The working directory; without it, that of the tests.</param>
    /// <param name="through">A command that starts the app, in its own process.</param>
    public static async Task<(AppProcess Process, HttpClient Client)> Start(
        IReadOnlyDictionary<string, string> settings,
        Action<IEndpointRouteBuilder>? routes = null,
        string? folder = null,
        string[]? through = null,
        string[]? args = null)
    {
        var app = new AppProcess(settings, args ?? [], folder, routes, through);
        var address = await app.listening.Task.WaitAsync(Timeout, Scenarios.Ct);

        return (app, new HttpClient(new SecretKeeper { InnerHandler = new SocketsHttpHandler() })
        {
            BaseAddress = address,
        });
    }

    /// <summary>Asks the app to end, as whatever runs it does before it updates.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> Stop()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", $"-TERM {process.Id}");
        }

        return await Ended();
    }

    /// <summary>Ends it as a lack of memory does: at once, whatever it was doing (SIGKILL).</summary>
    public async Task Kill()
    {
        process.Kill();
        await Ended();
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }

    private async Task<int> Ended()
    {
        await process.WaitForExitAsync(Scenarios.Ct).WaitAsync(Timeout);

        return process.ExitCode;
    }

    private void Read(string? line, ConcurrentQueue<string> lines)
    {
        if (line is null)
        {
            return;
        }

        lines.Enqueue(line);
        Support.Output.Write(line + "\n");
        if (Address().Match(line) is { Success: true } match)
        {
            listening.TrySetResult(new Uri($"http://127.0.0.1:{match.Groups["port"]}"));
        }
    }

    // With ASPNETCORE_HTTP_PORTS it listens on all addresses.
    [GeneratedRegex(@"http://(127\.0\.0\.1|\[::\]):(?<port>\d+)")]
    private static partial Regex Address();
}
