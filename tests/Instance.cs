using System.Diagnostics;

namespace ProdReadyTemplate.Tests;

/// <summary>A published app with the settings of Production, which is started and stopped again and again.</summary>
internal sealed class Instance(string published, Dictionary<string, string?> settings) : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private Process? process;
    private Task<string> output = Task.FromResult("");
    private Task<string> errors = Task.FromResult("");

    public int Port { get; } = Project.FreePort();

    /// <summary>Runs a command of the app to its end.</summary>
    public Task Run(string command) => Cli.Run(published, settings, "dotnet", "Acme.Shop.dll", command);

    /// <summary>Starts it, and waits until it is ready.</summary>
    public async Task Start()
    {
        var environment = new Dictionary<string, string?>(settings)
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Port}",
        };
        process = Cli.Start(published, environment, "dotnet", "Acme.Shop.dll");
        output = process.StandardOutput.ReadToEndAsync();
        errors = process.StandardError.ReadToEndAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        var deadline = DateTime.UtcNow + Timeout;
        while (!await IsReady(client))
        {
            Assert.False(process.HasExited, process.HasExited ? await output + await errors : "");
            Assert.True(DateTime.UtcNow < deadline, "The instance did not become ready.");
            await Task.Delay(100);
        }
    }

    /// <summary>SIGTERM, and then the end by itself.</summary>
    public async Task Stop()
    {
        using var kill = Process.Start("kill", $"-TERM {process!.Id}");
        await process.WaitForExitAsync().WaitAsync(Timeout);

        Assert.True(process.ExitCode == 0, await output + await errors);
        Assert.DoesNotContain("\"@l\":\"Error\"", await output);
    }

    public async Task Kill()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await Kill();
            process.Dispose();
        }
    }

    private static async Task<bool> IsReady(HttpClient client)
    {
        try
        {
            return (await client.GetAsync("/health/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // It is still starting.
            return false;
        }
    }
}
