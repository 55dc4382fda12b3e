using ProdReady.Api.RateLimiting;
using ProdReady.Application.Files;

namespace ProdReady.Doctor;

internal static class InputValidation
{
    public static Task[] Checks(Examination app) =>
    [
        app.Check("D501", () => app.Settings<UploadsOptions>() is var uploads && uploads.MaxBytes > uploads.QuotaBytes),
        app.Check("D502", () => app.Settings<UploadsOptions>().MaxPixels > 100_000_000),
        app.Check("D503", async (_, ct) => await app.Get<IUploadScanner>().Scan(
            new MemoryStream(new byte[Math.Min(app.Settings<UploadsOptions>().MaxBytes, 100_000_000)]), ct)),
        app.Check("D504", () => app.Settings<RequestsOptions>().MaxBodyBytes > 10 * 1024 * 1024),
        app.Check("D505", () => app.Settings<AuthLimitOptions>() is var limit
            && limit.PermitLimit / limit.Window.TotalMinutes > 300),
    ];
}
