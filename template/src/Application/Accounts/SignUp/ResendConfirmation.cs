using FluentValidation;
using Microsoft.AspNetCore.Identity;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.SignUp;

/// <summary>Asks for the confirmation mail once more.</summary>
/// <param name="Email">The address that signed up.</param>
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
        var mayMail = await emails.MayBeSent(CountedEmail.Confirmation, request.Email, ct);
        var user = await users.FindByEmailAsync(request.Email);
        if (!mayMail || user is null or { EmailConfirmed: true })
        {
            return;
        }

        emails.QueueConfirmation(user);
        await db.SaveChangesAsync(ct);
    }
}
