using ProdReady.Application.Accounts;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Infrastructure.Accounts;

namespace ProdReady.Doctor;

internal static class SignIn
{
    public static Check[] Checks(ExaminedApp app) =>
    [
        new("D401", () => app.Settings<JwtOptions>().AccessTokenLifetime > TimeSpan.FromMinutes(15)),
        new("D402", () => app.Settings<SessionsOptions>().AbsoluteLifetime > TimeSpan.FromDays(180)),
        // NIST SP 800-63B-4.
        new("D403", () => app.Settings<AccountsOptions>().PasswordMinLength < 15),
        new("D404", () => !app.Settings<PwnedPasswordsOptions>().Enabled),
        new("D405", async ct =>
        {
            using var http = new HttpClient();
            await http.GetStringAsync(
                $"{app.Settings<PwnedPasswordsOptions>().BaseUrl.AbsoluteUri.TrimEnd('/')}/range/00000", ct);

            return null;
        }, After: "D404"),
        new("D406", () => app.Settings<JwtOptions>().SigningKeys.Count > 2),
    ];
}
