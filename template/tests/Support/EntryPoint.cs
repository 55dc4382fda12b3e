namespace ProdReady.Tests.Support;

/// <summary>
/// Calls Main of the app in this process, in Production, for starts that end by themselves. The result is the same as
/// that of a separate process (<see cref="AppProcess"/>), exit code and output, in a twentieth of the time.
/// </summary>
internal static class EntryPoint
{
    public static async Task<(int ExitCode, string[] Output, string[] Errors)> Run(
        IReadOnlyDictionary<string, string> settings, params string[] command)
    {
        string[] args =
        [
            .. command,
            "--environment=Production",
            $"--contentRoot={AppContext.BaseDirectory}",
            .. settings.Select(setting => $"--{setting.Key.Replace("ASPNETCORE_", "")}={setting.Value}"),
        ];
        using var capture = CallerWriter.Capture();
        var exitCode = await Task.Run(
            () => (int)typeof(Program).Assembly.EntryPoint!.Invoke(obj: null, [args])!, Scenarios.Ct);

        return (exitCode, LinesOf(capture.Output), LinesOf(capture.Errors));
    }

    private static string[] LinesOf(StringWriter writer) => writer.ToString().Split(
        ["\r\n", "\n"], StringSplitOptions.RemoveEmptyEntries);
}
