using ProdReady.Api.RateLimiting;

namespace ProdReady.Doctor;

internal static class InputValidation
{
    public static Check[] Checks(ExaminedApp app) =>
    [
        .. FileChecks.OfLimits(app),
        new("D504", () => app.Settings<RequestsOptions>().MaxBodyBytes > 10 * 1024 * 1024),
        // A person needs a few calls, a script that guesses passwords many.
        new("D505", () => app.Settings<AuthLimitOptions>() is var limit
            && limit.PermitLimit / limit.Window.TotalMinutes > 300),
    ];
}
