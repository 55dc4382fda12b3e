using System.Globalization;
using System.Reflection.Metadata;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ProdReady.Infrastructure.Observability;

namespace ProdReady.Hosting;

internal static class Serving
{
    /// <summary>Numbers, dates and messages do not depend on LANG.</summary>
    public static void UseInvariantCulture() => CultureInfo.DefaultThreadCurrentCulture =
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

    /// <summary>Before the host handles SIGTERM, the runtime would end the process with 143 instead of 0.</summary>
    /// <returns>The handler; null for a command, which fails when it is ended.</returns>
    public static IDisposable? ExitOnSignal(string[] args) => args.Command() is []
        ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(0))
        : null;

    /// <summary>Runs until the process receives SIGTERM or Ctrl+C, and for Shutdown:Delay longer.</summary>
    /// <param name="early">The handler of signals until now.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> Serve(this WebApplication app, IDisposable? early)
    {
        //#if (Sqlite)
        app.PrepareEmbeddedDatabase();

        //#endif
        app.LogStartup();
        var (started, stopping) = (app.Lifetime.ApplicationStarted, app.Lifetime.ApplicationStopping);
        try
        {
            // From here on the host handles signals: ended by this handler, the app would drop its first requests.
            early?.Dispose();
            await app.StartAsync();
            await UntilStopped(app);

            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (!started.IsCancellationRequested && IsAboutAddress(exception))
        {
            var metrics = app.Configuration[MetricsOptions.PortKey];
            var setting = exception.Message.Contains($":{metrics}: ")
                ? $"port of {MetricsOptions.PortKey}"
                : "address of ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS";
            await Console.Error.WriteLineAsync(
                $"The app does not start: it cannot listen on the {setting}. "
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

    /// <summary>From the signal on /health/ready is red; a proxy that checks it goes on sending for a moment.</summary>
    private static async Task UntilStopped(WebApplication app)
    {
        var (delay, requests) = (ValueOf<ShutdownOptions>().Delay, ValueOf<RequestsOptions>().Timeout);
        // For what runs when the server stops listening; then for jobs and mails.
        ValueOf<HostOptions>().ShutdownTimeout = requests + TimeSpan.FromSeconds(5);
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Lifetime.ApplicationStopping.Register(signal.SetResult);
        await signal.Task;

        // A second signal ends the wait.
        using var again = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => again.Cancel());
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => again.Cancel());
        await Task.Delay(delay, again.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        T ValueOf<T>()
            where T : class => app.Services.GetRequiredService<IOptions<T>>().Value;
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
            app.Logger.LogInformation("Tour: {Url}", app.Urls.First());

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
