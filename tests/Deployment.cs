using System.Diagnostics;
using System.Text;

namespace ProdReadyTemplate.Tests;

/// <summary>A run of deploy/deploy.sh.</summary>
internal sealed class Deployment : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly Task<string> errors;

    /// <summary>Starts it.</summary>
    /// <param name="variables">The variables of the engine.</param>
    /// <param name="folder">The project.</param>
    /// <param name="settings">Variables of deploy.sh, such as SKIP_BACKUP=1.</param>
    /// <param name="argument">The image, or --previous.</param>
    public Deployment(Dictionary<string, string?> variables, string folder, string settings, string argument)
    {
        // A runner that was started in the background ignores SIGINT, and so would its children.
        var words = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        process = Cli.Start(
            folder, variables, "env", ["--default-signal", .. words, "deploy/deploy.sh", argument]);
        process.OutputDataReceived += (_, line) =>
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        };
        process.BeginOutputReadLine();
        errors = process.StandardError.ReadToEndAsync();
    }

    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Waits until it begins a step.</summary>
    public async Task Begins(string step)
    {
        var deadline = DateTime.UtcNow + Timeout;
        while (!Output.Contains($"deploy: {step}"))
        {
            Assert.False(process.HasExited, process.HasExited ? Output + await errors : "");
            Assert.True(DateTime.UtcNow < deadline, Output);
            await Task.Delay(50);
        }
    }

    /// <summary>Sends a signal to the script alone, such as INT.</summary>
    public Task Signal(string name) => Cli.Run("/", [], "kill", $"-{name}", $"{process.Id}");

    /// <returns>The exit code, and the last line on standard error or, after a success, of the output.</returns>
    public async Task<(int ExitCode, string LastLine)> Ends()
    {
        await process.WaitForExitAsync().WaitAsync(Timeout);
        var said = process.ExitCode == 0 ? Output : await errors;

        return (process.ExitCode, said.TrimEnd().Split('\n')[^1]);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
