using System.ComponentModel;

namespace ProdReadyTemplate.Tests;

/// <summary>Node.js with npm. Without it, what needs it is skipped and says so; in CI it has to be there.</summary>
internal static class Node
{
    public const string Missing = "Needs Node.js, with npm.";

    // On Windows npm is a script, which is only found by its whole name.
    private static readonly string Command = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    public static bool IsMissing { get; } = Environment.GetEnvironmentVariable("CI") is null or "" && !Answers();

    public static Task<string> Npm(string folder, params string[] args) =>
        Npm(folder, new Dictionary<string, string?>(), args);

    public static Task<string> Npm(string folder, Dictionary<string, string?> environment, params string[] args) =>
        Cli.Run(folder, new(environment) { ["REDOCLY_TELEMETRY"] = "off" }, Command, args);

    private static bool Answers()
    {
        try
        {
            using var npm = Cli.Start(Path.GetTempPath(), [], Command, "--version");
            npm.WaitForExit();

            return npm.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            // There is no npm on this machine.
            return false;
        }
    }
}
