using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Application;
using ProdReady.Application.Accounts;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Jobs;

namespace ProdReady.Infrastructure.Accounts;

internal static class Accounts
{
    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddSettings<AppOptions>(AppOptions.Section);
        services.AddSettings<AccountsOptions>(AccountsOptions.Section);
        services.AddSettings<AccountLockoutOptions>(AccountLockoutOptions.Section);

        services.AddIdentityCore<User>(identity =>
        {
            identity.User.RequireUniqueEmail = true;
            // The form of an address is TextRules' business; Identity's own list would refuse valid ones.
            identity.User.AllowedUserNameCharacters = "";
            // NewPassword decides which passwords are good. NIST SP 800-63B-4 forbids rules about kinds of characters.
            identity.Password.RequiredLength = 1;
            identity.Password.RequireDigit = false;
            identity.Password.RequireLowercase = false;
            identity.Password.RequireUppercase = false;
            identity.Password.RequireNonAlphanumeric = false;
        })
            // Its queries end with the request; those of the plain one do not.
            .AddUserManager<AspNetUserManager<User>>()
            .AddUserStore<UserStore>();

        // OWASP Password Storage Cheat Sheet: 220,000 iterations of PBKDF2-HMAC-SHA512; Identity's default is 100,000.
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = 220_000);

        services.AddPurge<MailedToken>((_, now) => token => token.ExpiresAt <= now);
        services.AddPurge<Session>((provider, now) =>
        {
            var idleSince = now - provider.GetRequiredService<IOptions<SessionsOptions>>().Value.IdleTimeout;

            return session => session.ExpiresAt <= now || session.RefreshedAt <= idleSince;
        });
    }

    /// <summary>Saves nothing by itself, so that a user and the mail about it are one transaction.</summary>
    private sealed class UserStore : UserOnlyStore<User, AppDbContext, Guid>
    {
        public UserStore(AppDbContext db) : base(db) => AutoSaveChanges = false;
    }
}
