namespace ProdReadyTemplate.Tests;

/// <summary>Chromium or Chrome. Without it the tests that need it are skipped, except in CI, where they fail.</summary>
internal static class Chromium
{
    public const string Missing = "Needs Chromium or Chrome; CHROMIUM may hold its path.";

    // The same paths as in tests/browser/support.mjs; on other systems Playwright finds Chrome.
    private static readonly string[] Places =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    public static bool IsMissing { get; } =
        Environment.GetEnvironmentVariable("CI") is null or ""
        && Environment.GetEnvironmentVariable("CHROMIUM") is null or ""
        && !Places.Any(File.Exists);
}
