using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ProdReady.Hosting;

internal static class Serving
{
    /// <summary>Runs until the app is told to end.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Serve(this WebApplication app)
    {
        app.AnnounceDocs();
        var started = app.Lifetime.ApplicationStarted;
        try
        {
            await app.RunAsync();

            return 0;
        }
        catch (Exception exception) when (!started.IsCancellationRequested && IsAboutAddress(exception))
        {
            // The log has the details.
            await Console.Error.WriteLineAsync(
                "The app does not start: it cannot listen where ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS tells it to. "
                + exception.Message.ReplaceLineEndings(" "));

            return 1;
        }
    }

    // The address is none, is taken, is forbidden or lacks a certificate: each throws another type. That it happens in
    // the server tells it from a mistake in the app, which may throw the same and must not be blamed on a setting.
    private static bool IsAboutAddress(Exception exception) =>
        exception.StackTrace?.Contains(typeof(KestrelServer).FullName!, StringComparison.Ordinal) is true;
}
