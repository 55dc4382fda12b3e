namespace ProdReady.Doctor;

internal static class Structure
{
    public static Task[] Checks(Examination app) =>
    [
        app.Check("D101", () => app.Get<IHostEnvironment>() is { EnvironmentName: not "Production" and var name }
            ? name : null),
        app.Check("D105", () => string.Join(", ", app.Services.UnknownSettings())),
    ];
}
