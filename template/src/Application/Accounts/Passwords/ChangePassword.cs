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
    public async Task Handle(
        Guid userId, Guid sessionId, ChangePasswordRequest request, Device device, CancellationToken ct)
    {
        const string Current = nameof(request.CurrentPassword);
        // The current password first, on its own: a guess must not cost the work on a new password.
        var user = await check.Require(
            userId, Current, request.CurrentPassword, device, work: _ => Task.CompletedTask, ct);
        var hash = await passwords.Hash(nameof(request.NewPassword), request.NewPassword, user.Email!, ct);
        if (!await db.InTransaction(() => passwords.TrySet(user, hash, device, sessionId, ct), ct))
        {
            throw new InvalidInputException(Current, "Was changed by another request.");
        }

        sessions.Invalidate(userId);
        events.PasswordChanged(userId);
    }
}
