using FluentValidation;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>A new password for the signed-in user.</summary>
/// <param name="CurrentPassword">The current password. A wrong one counts as a failed sign-in.</param>
/// <param name="NewPassword">Any characters, including spaces. A sentence is easy to remember.</param>
/// <example>
/// { "currentPassword": "a sentence of your own", "newPassword": "another sentence of your own" }
/// </example>
internal sealed record ChangePasswordRequest(string CurrentPassword, string NewPassword);

internal sealed class ChangePasswordValidator : AbstractValidator<ChangePasswordRequest>
{
    public ChangePasswordValidator(IOptions<AccountsOptions> accounts)
    {
        RuleFor(request => request.CurrentPassword).Password();
        RuleFor(request => request.NewPassword).NewPassword(accounts.Value.PasswordMinLength);
    }
}

internal sealed class ChangePassword(
    IAppDbContext db, PasswordCheck check, NewPassword passwords, IActiveSessions sessions, SecurityEvents events)
{
    public async Task Handle(Guid userId, Guid sessionId, ChangePasswordRequest request, CancellationToken ct)
    {
        var email = await db.Users.Where(user => user.Id == userId).Select(user => user.Email).SingleOrDefaultAsync(ct);
        var hash = await passwords.Hash(nameof(request.NewPassword), request.NewPassword, email ?? "", ct);

        await check.Require(
            userId,
            nameof(request.CurrentPassword),
            request.CurrentPassword,
            user => passwords.TrySet(user, hash, sessionId, ct),
            ct);

        sessions.Invalidate(userId);
        events.PasswordChanged(userId);
    }
}
