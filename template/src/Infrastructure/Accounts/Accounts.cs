using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using ProdReady.Application.Accounts;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Infrastructure.Accounts;

internal static class Accounts
{
    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddSettings<AppOptions>(AppOptions.Section);
        services.AddSettings<AccountsOptions>(AccountsOptions.Section);
        services.AddSettings<AccountLockoutOptions>(AccountLockoutOptions.Section);
        services.AddPwnedPasswords();
        services.AddTokenAuthentication();

        services.AddIdentityCore<User>(identity =>
        {
            identity.User.RequireUniqueEmail = true;
            // TextRules checks the address; Identity's list of characters would refuse valid ones.
            identity.User.AllowedUserNameCharacters = "";
        })
            // Unlike UserManager, it cancels its queries when the request is aborted.
            .AddUserManager<AspNetUserManager<User>>()
            .AddUserStore<UserStore>();
        services.AddSingleton<ILookupNormalizer, CanonicalAddress>();

        // OWASP Password Storage Cheat Sheet: 220,000 iterations of PBKDF2-HMAC-SHA512; Identity's default is 100,000.
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = 220_000);

        services.AddPurge<FailedSignIns>((_, now) => failed => failed.EndsAt <= now.ToUnixTimeMilliseconds());
        services.AddPurge<KnownDevice>((_, now) => device => device.ExpiresAt <= now);
        services.AddPurge<MailedToken>((_, now) => token => token.ExpiresAt <= now);
        // Links live for seven days at most (AccountsOptions), so none of such an account is valid any more.
        services.AddPurge<User>((_, now) =>
            user => !user.EmailConfirmed && user.LinkMailedAt <= now - TimeSpan.FromDays(7));
        services.AddPurge<Session>((provider, now) => session => session.ExpiresAt <= now
            || session.RefreshedAt <= now - provider.GetRequiredService<IOptions<SessionsOptions>>().Value.IdleTimeout);
        services.AddPeriodicJob<DeletedAccounts>(TimeSpan.FromMinutes(10), (accounts, ct) => accounts.Remove(ct));
    }

    private sealed class CanonicalAddress : ILookupNormalizer
    {
        public string? NormalizeName(string? name) => name is null ? null : TextRules.Canonical(name);

        public string? NormalizeEmail(string? email) => NormalizeName(email);
    }

    /// <summary>Leaves SaveChanges to the use case: the user and the email about it are one transaction.</summary>
    private sealed class UserStore : UserOnlyStore<User, AppDbContext, Guid>
    {
        public UserStore(AppDbContext db) : base(db) => AutoSaveChanges = false;
    }
}
