using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ProdReady.Hosting;

internal static class Serving
{
    /// <summary>Runs until the process receives SIGTERM or Ctrl+C.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Serve(this WebApplication app)
    {
        app.LogStartup();
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
                "The app does not start: it cannot listen on the address of ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS. "
                + exception.Message.ReplaceLineEndings(" "));

            return 1;
        }
    }

    // An address that is invalid, in use, forbidden or without a certificate throws four types of exceptions, which
    // code of the app may throw too. The stack trace tells whether Kestrel did.
    private static bool IsAboutAddress(Exception exception) =>
        exception.StackTrace?.Contains(typeof(KestrelServer).FullName!, StringComparison.Ordinal) is true;
}
