namespace ProdReady.Hosting;

internal static class Commands
{
    /// <summary>
    /// The app is the same from every working directory: its settings and files are those beside it. Settings are read
    /// once, at the start: a watcher of their files costs a thread, and most settings could not follow a change.
    /// </summary>
    public static string[] WithHostDefaults(this string[] args) =>
        [$"--contentRoot={AppContext.BaseDirectory}", "--hostBuilder:reloadConfigOnChange=false", .. args];

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
