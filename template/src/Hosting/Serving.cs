using System.Reflection.Metadata;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ProdReady.Hosting;

internal static class Serving
{
    public static void AddShutdownDelay(this IServiceCollection services) =>
        services.AddSettings<ShutdownOptions>(ShutdownOptions.Section);

    /// <summary>
    /// Until the app serves, SIGTERM ends the process with 0: nothing has begun that would have to be completed. The
    /// host's own handler cancels the start, which is an exception, and cannot cancel what blocks.
    /// </summary>
    /// <returns>The handler; null for a command, which has failed if it is ended.</returns>
    public static PosixSignalRegistration? ExitOnSignal(string[] args) => args is [['-', ..], ..] or []
        ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(0))
        : null;

    /// <summary>
    /// Runs until the process receives SIGTERM or Ctrl+C, and for Shutdown:Delay longer. /health/ready is red from the
    /// signal on, and a proxy needs that time to notice: until then it sends requests.
    /// </summary>
    /// <param name="early">What handles signals until now.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> Serve(this WebApplication app, IDisposable? early)
    {
        app.LogStartup();
        var (started, stopping) = (app.Lifetime.ApplicationStarted, app.Lifetime.ApplicationStopping);
        try
        {
            await app.StartAsync();
            early?.Dispose();
            await Stopping(app);

            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (!started.IsCancellationRequested && IsAboutAddress(exception))
        {
            await Console.Error.WriteLineAsync(
                "The app does not start: it cannot listen on the address of ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS. "
                + exception.Message.ReplaceLineEndings(" "));

            return 1;
        }
        finally
        {
            // Also after a start that failed: otherwise each job that has begun is logged as failed.
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    private static async Task Stopping(WebApplication app)
    {
        var delay = app.Services.GetRequiredService<IOptions<ShutdownOptions>>().Value.Delay;
        var requests = app.Services.GetRequiredService<IOptions<RequestsOptions>>().Value.Timeout;
        // What runs when the server stops has all of its time; then jobs and mails have what is left.
        app.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout =
            requests + TimeSpan.FromSeconds(5);

        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Lifetime.ApplicationStopping.Register(signal.SetResult);
        await signal.Task;

        using var again = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => again.Cancel());
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => again.Cancel());
        await Task.Delay(delay, again.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // An address that is invalid, in use, forbidden or without a certificate throws four types of exceptions, which
    // code of the app may throw too. The stack trace tells whether Kestrel did.
    private static bool IsAboutAddress(Exception exception) =>
        exception.StackTrace?.Contains(typeof(KestrelServer).FullName!, StringComparison.Ordinal) is true;

    /// <summary>In Development: where the docs are, which database is used, and whether it is ready.</summary>
    private static void LogStartup(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        app.Lifetime.ApplicationStarted.Register(() =>
        {
            using var scope = app.Services.CreateScope();
            var database = scope.ServiceProvider.GetRequiredService<AppDbContext>().Database;

            //#if (Sample)
            app.Logger.LogInformation("Demo: {Url}", app.Urls.First());

            //#endif
            app.Logger.LogInformation(
                "Docs: {Url}/docs, database: {Provider} at {DataSource}",
                app.Urls.First(),
                database.ProviderName!.Split('.')[^1],
                database.GetDbConnection().DataSource);

            // The check logs pending migrations now, before the first request fails.
            var readiness = app.Services.GetRequiredService<DatabaseReadiness>();
            _ = readiness.CheckHealthAsync(new HealthCheckContext(), app.Lifetime.ApplicationStopping);
            if (MetadataUpdater.IsSupported)
            {
                _ = Task.Run(() => HotReload.Start(app.Services));
            }
        });
    }
}

internal sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    /// <summary>How long requests are served after SIGTERM, while /health/ready is red already.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(5);
}
