using FluentValidation;
using Microsoft.AspNetCore.Identity;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>Asks for a password reset link.</summary>
/// <param name="Email">The email address of the account.</param>
/// <example>{ "email": "ada@example.com" }</example>
internal sealed record ForgotPasswordRequest(string Email);

internal sealed class ForgotPasswordValidator : AbstractValidator<ForgotPasswordRequest>
{
    public ForgotPasswordValidator() => RuleFor(request => request.Email).EmailAddress();
}

internal sealed class ForgotPassword(
    UserManager<User> users, IAppDbContext db, AccountEmails emails, SecurityEvents events)
{
    public async Task Handle(ForgotPasswordRequest request, CancellationToken ct)
    {
        var mayEmail = await emails.IsWithinLimit(CountedEmail.PasswordReset, request.Email, ct);
        var user = await users.FindByEmailAsync(request.Email);
        if (!mayEmail || user is null or { DisabledAt: not null })
        {
            return;
        }

        emails.QueuePasswordReset(user);
        await db.SaveChangesAsync(ct);
        events.PasswordResetRequested(user.Id);
    }
}
