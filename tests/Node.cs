using System.ComponentModel;

namespace ProdReadyTemplate.Tests;

/// <summary>Node.js with npm. Without it the tests that need it are skipped, except in CI, where they fail.</summary>
internal static class Node
{
    public const string Missing = "Needs Node.js, with npm.";

    // On Windows npm is a script, which is found only with its extension.
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
            // npm is not installed.
            return false;
        }
    }
}
