namespace ProdReady.Infrastructure;

internal static class Serving
{
    /// <summary>Runs until the app is told to end.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Serve(this WebApplication app)
    {
        app.AnnounceDocs();
        try
        {
            await app.RunAsync();

            return 0;
        }
        catch (Exception exception) when (exception is IOException or FormatException)
        {
            // The address to listen on is taken, or is none. The log has the details.
            await Console.Error.WriteLineAsync($"The app does not start: {exception.Message}");

            return 1;
        }
    }
}
