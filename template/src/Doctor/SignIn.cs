using ProdReady.Application.Accounts;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Infrastructure.Accounts;

namespace ProdReady.Doctor;

internal static class SignIn
{
    public static Task[] Checks(Examination app) =>
    [
        app.Check("D401", () => app.Settings<JwtOptions>().AccessTokenLifetime > TimeSpan.FromMinutes(15)),
        app.Check("D402", () => app.Settings<SessionsOptions>().AbsoluteLifetime > TimeSpan.FromDays(180)),
        app.Check("D403", () => app.Settings<AccountsOptions>().PasswordMinLength < 15),
        app.Check("D404", () => !app.Settings<PwnedPasswordsOptions>().Enabled),
        app.Check("D405", async (_, ct) => app.Settings<PwnedPasswordsOptions>().Enabled
            && await app.Get<IHttpClientFactory>().CreateClient(nameof(IBreachedPasswords))
                .GetStringAsync("range/00000", ct) is ""),
        app.Check("D406", () => app.Settings<JwtOptions>().SigningKeys.Count > 2),
    ];
}
