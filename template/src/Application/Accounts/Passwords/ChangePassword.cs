using FluentValidation;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>A new password in place of the old one.</summary>
/// <param name="CurrentPassword">The one to be replaced. A wrong one counts like a failed sign-in.</param>
/// <param name="NewPassword">Characters of any kind, spaces included; a sentence is easy to remember.</param>
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
    IAppDbContext db,
    PasswordCheck check,
    NewPassword passwords,
    ILiveSessions liveSessions,
    SecurityEvents events)
{
    public async Task Handle(Guid userId, Guid sessionId, ChangePasswordRequest request, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == userId, ct);
        var hash = await passwords.Hash(nameof(request.NewPassword), request.NewPassword, user?.Email ?? "", ct);

        var isCorrect = await check.WhenCorrect(
            user, request.CurrentPassword, () => passwords.TrySet(user!, hash, sessionId, ct), ct);
        if (!isCorrect)
        {
            throw new InvalidInputException(nameof(request.CurrentPassword), "Is not your password.");
        }

        liveSessions.Forget(userId);
        events.PasswordChanged(userId);
    }
}
