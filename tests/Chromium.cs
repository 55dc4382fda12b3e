namespace ProdReadyTemplate.Tests;

/// <summary>Chromium or Chrome. Without it, what needs it is skipped and says so; in CI it has to be there.</summary>
internal static class Chromium
{
    public const string Missing = "Needs Chromium or Chrome; CHROMIUM may name it.";

    // tests/browser/support.mjs looks in the same places, and elsewhere leaves it to Playwright to find Chrome.
    private static readonly string[] Places =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    public static bool IsMissing { get; } =
        Environment.GetEnvironmentVariable("CI") is null or ""
        && Environment.GetEnvironmentVariable("CHROMIUM") is null or ""
        && !Places.Any(File.Exists);
}
