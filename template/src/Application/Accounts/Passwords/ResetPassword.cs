using ProdReady.Application.Accounts.Sessions;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>A new password, for a user who forgot the old one.</summary>
/// <param name="Email">The address that the link was sent to.</param>
/// <param name="Token">The <c>token</c> in the emailed link.</param>
/// <param name="NewPassword">Any characters, including spaces. A sentence is easy to remember.</param>
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
    MailedTokens tokens, NewPassword passwords, IAppDbContext db, IActiveSessions sessions, SecurityEvents events)
{
    /// <returns>False if the token is invalid.</returns>
    public async Task<bool> Handle(ResetPasswordRequest request, Device device, CancellationToken ct)
    {
        var user = await tokens.FindUser(MailedTokenPurpose.ResetPassword, request.Email, request.Token, ct);
        if (user is null)
        {
            return false;
        }

        // Before TryUse: a password that is refused must not cost the token.
        var hash = await passwords.Hash(nameof(request.NewPassword), request.NewPassword, user.Email!, ct);

        var isReset = await db.InTransaction(
            async () =>
                await db.LockUser(user.Id, ct)
                && await tokens.TryUse(user.Id, MailedTokenPurpose.ResetPassword, request.Token, ct)
                && await passwords.TrySet(user, hash, device, keptSession: null, ct),
            isSet => isSet,
            ct);
        if (isReset)
        {
            sessions.Invalidate(user.Id);
            events.PasswordReset(user.Id);
        }

        return isReset;
    }
}
