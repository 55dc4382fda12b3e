using System.Diagnostics;
using System.Text;

namespace ProdReadyTemplate.Tests;

/// <summary>Runs commands, and shows their output when they fail.</summary>
internal static class Cli
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(20);

    public static Task<string> Dotnet(string folder, params string[] args) => Run(folder, [], "dotnet", args);

    public static async Task<string> Run(
        string folder, Dictionary<string, string?> environment, string command, params string[] args)
    {
        using var process = Start(folder, environment, command, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(Timeout);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        var text = new StringBuilder().Append(await output).Append(await errors).ToString();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', args)} in {folder}:\n{text}");

        return text;
    }

    /// <summary>The same, whatever the exit code is.</summary>
    public static async Task<(int Code, string Output, string Errors)> Try(
        string folder, Dictionary<string, string?> environment, string command, params string[] args)
    {
        using var process = Start(folder, environment, command, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        return (process.ExitCode, await output, await errors);
    }

    public static Process Start(
        string folder, Dictionary<string, string?> environment, string command, params string[] args)
    {
        var start = new ProcessStartInfo(command, args)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Build servers that stay after the command would keep files open.
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_NOLOGO"] = "1" },
        };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        return Process.Start(start)!;
    }
}
