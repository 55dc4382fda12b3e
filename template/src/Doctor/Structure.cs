using System.Runtime.InteropServices;

namespace ProdReady.Doctor;

internal static class Structure
{
    // Of .NET 10: https://dotnet.microsoft.com/platform/support/policy
    private static readonly DateTimeOffset EndOfSupport = new(2028, 11, 14, 0, 0, 0, TimeSpan.Zero);

    public static Check[] Checks(ExaminedApp app) => Checks(app, app.Services.GetRequiredService<IHostEnvironment>());

    private static Check[] Checks(ExaminedApp app, IHostEnvironment environment) =>
    [
        new("D101", () => environment.IsProduction() ? null : environment.EnvironmentName),
        new("D102", () => Unsupported(RuntimeInformation.FrameworkDescription, app.Now)),
        new("D103", () => IsUnnamed(typeof(Structure).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)),
        new("D104", () => environment.ContentRootPath.TrimEnd('/', '\\')
            != AppContext.BaseDirectory.TrimEnd('/', '\\')),
        new("D105", () => app.Services.UnknownSettings().ToList() is [_, ..] keys ? string.Join(", ", keys) : null),
    ];

    // A preview has a hyphen in its version.
    public static string? Unsupported(string runtime, DateTimeOffset now) =>
        runtime.Contains('-') || now > EndOfSupport ? runtime : null;

    /// <param name="version">1.0.0 is what the SDK writes where it is given none.</param>
    public static bool IsUnnamed(string? version) => version is null or "1.0.0";
}
