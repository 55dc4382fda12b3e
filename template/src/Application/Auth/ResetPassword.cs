using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ProdReady.Domain;

namespace ProdReady.Application.Auth;

/// <summary>A new password for who has forgotten the old one.</summary>
/// <param name="Email">The address that the mail went to.</param>
/// <param name="Token">The <c>token</c> in the mailed link.</param>
/// <param name="NewPassword">Characters of any kind, spaces included; a sentence is easy to remember.</param>
/// <example>
/// { "email": "ada@example.com", "token": "the-token-in-the-link", "newPassword": "another sentence of your own" }
/// </example>
internal sealed record ResetPasswordRequest(string Email, string Token, string NewPassword);

internal sealed class ResetPasswordValidator : AbstractValidator<ResetPasswordRequest>
{
    public ResetPasswordValidator(IOptions<AccountsOptions> accounts)
    {
        RuleFor(request => request.Email).EmailAddress();
        RuleFor(request => request.Token).NotEmpty().PlainText(2000);
        RuleFor(request => request.NewPassword).NewPassword(accounts.Value.PasswordMinLength);
    }
}

internal sealed class ResetPassword(
    UserManager<User> users,
    NewPassword passwords,
    IAppDbContext db,
    ILiveSessions liveSessions,
    SecurityEvents events)
{
    /// <returns>False where the token is not good, for whatever reason.</returns>
    public async Task<bool> Handle(ResetPasswordRequest request, CancellationToken ct)
    {
        var user = await users.FindByEmailAsync(request.Email);
        var token = MailedToken.Decode(request.Token);
        if (user is null || token is null || !await users.VerifyUserTokenAsync(
            user, users.Options.Tokens.PasswordResetTokenProvider, UserManager<User>.ResetPasswordTokenPurpose, token))
        {
            return false;
        }

        var hash = await passwords.Hash(nameof(request.NewPassword), request.NewPassword, user.Email!, ct);

        // The token carries the stamp that setting the password changes: of several resets with it, one succeeds.
        var isReset = await db.InTransaction(() => passwords.TrySet(user, hash, keptSession: null, ct), ct);
        if (isReset)
        {
            liveSessions.Forget(user.Id);
            events.PasswordReset(user.Id);
        }

        return isReset;
    }
}
