using FluentValidation;
using Microsoft.AspNetCore.Identity;

namespace ProdReady.Application.Accounts.SignUp;

/// <summary>Asks for another confirmation email.</summary>
/// <param name="Email">The email address that signed up.</param>
/// <example>{ "email": "ada@example.com" }</example>
internal sealed record ResendConfirmationRequest(string Email);

internal sealed class ResendConfirmationValidator : AbstractValidator<ResendConfirmationRequest>
{
    public ResendConfirmationValidator() => RuleFor(request => request.Email).EmailAddress();
}

internal sealed class ResendConfirmation(UserManager<User> users, IAppDbContext db, AccountEmails emails)
{
    public async Task Handle(ResendConfirmationRequest request, CancellationToken ct)
    {
        var mayEmail = await emails.IsWithinLimit(CountedEmail.Confirmation, request.Email, ct);
        var user = await users.FindByEmailAsync(request.Email);
        if (!mayEmail || user is null or { EmailConfirmed: true })
        {
            return;
        }

        emails.QueueConfirmation(user);
        await db.SaveChangesAsync(ct);
    }
}
