using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.Passwords;

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
        RuleFor(request => request.Token).NotEmpty().PlainText(200);
        RuleFor(request => request.NewPassword).NewPassword(accounts.Value.PasswordMinLength);
    }
}

internal sealed class ResetPassword(
    UserManager<User> users,
    MailedTokens tokens,
    NewPassword passwords,
    IAppDbContext db,
    ILiveSessions liveSessions,
    SecurityEvents events)
{
    /// <returns>False where the token is not good, for whatever reason.</returns>
    public async Task<bool> Handle(ResetPasswordRequest request, CancellationToken ct)
    {
        var user = await users.FindByEmailAsync(request.Email);
        var userId = user?.Id ?? Guid.Empty;
        var isGood = await tokens.Good(MailedTokenPurpose.ResetPassword, request.Token)
            .AnyAsync(token => token.UserId == userId, ct);
        if (user is null || !isGood)
        {
            return false;
        }

        // Before the token is used up, so that it is still good for a better password.
        var hash = await passwords.Hash(nameof(request.NewPassword), request.NewPassword, user.Email!, ct);

        var isReset = await db.InTransaction(
            async () =>
                await tokens.TryUse(user.Id, MailedTokenPurpose.ResetPassword, request.Token, ct)
                && await passwords.TrySet(user, hash, keptSession: null, ct),
            ct);
        if (isReset)
        {
            liveSessions.Forget(user.Id);
            events.PasswordReset(user.Id);
        }

        return isReset;
    }
}
