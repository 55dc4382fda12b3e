namespace ProdReady.Hosting;

internal static class Commands
{
    /// <summary>
    /// Runs the command in <paramref name="args"/>, or checks the settings of an app that will serve.
    /// </summary>
    /// <returns>The exit code; null if the app goes on and serves.</returns>
    public static async Task<int?> RunCommand(this WebApplication app, string[] args) => args switch
    {
        ["migrate"] => await app.Migrate(),
        _ when app.HasInvalidSettings() => 1,
        _ => null,
    };
}
