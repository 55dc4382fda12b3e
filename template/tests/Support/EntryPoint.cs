namespace ProdReady.Tests.Support;

/// <summary>
/// The app's own Main in this process, in Production, for starts that are expected to end by themselves. It shows what
/// a process of its own shows (<see cref="AppProcess"/>), its exit code and every line it writes, in a twentieth of the
/// time.
/// </summary>
internal static class EntryPoint
{
    public static async Task<(int ExitCode, string[] Output, string[] Errors)> Run(
        IReadOnlyDictionary<string, string> settings)
    {
        string[] args =
        [
            "--environment=Production",
            $"--contentRoot={AppContext.BaseDirectory}",
            .. settings.Select(setting => $"--{setting.Key.Replace("ASPNETCORE_", "")}={setting.Value}"),
        ];
        using var capture = CallerWriter.Capture();
        var exitCode = await Task.Run(
            () => (int)typeof(Program).Assembly.EntryPoint!.Invoke(obj: null, [args])!, Stories.Ct);

        return (exitCode, LinesOf(capture.Output), LinesOf(capture.Errors));
    }

    private static string[] LinesOf(StringWriter writer) => writer.ToString().Split(
        ["\r\n", "\n"], StringSplitOptions.RemoveEmptyEntries);
}
