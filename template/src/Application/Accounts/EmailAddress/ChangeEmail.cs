using System.Diagnostics.CodeAnalysis;
using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.SignIn;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.EmailAddress;

/// <summary>Another address for the account.</summary>
/// <param name="NewEmail">One e-mail address. A confirmation is mailed to it.</param>
/// <param name="Password">The password of the account. A wrong one counts like a failed sign-in.</param>
/// <example>{ "newEmail": "ada.lovelace@example.com", "password": "a sentence of your own" }</example>
internal sealed record ChangeEmailRequest(string NewEmail, string Password);

internal sealed class ChangeEmailValidator : AbstractValidator<ChangeEmailRequest>
{
    public ChangeEmailValidator()
    {
        RuleFor(request => request.NewEmail).EmailAddress();
        RuleFor(request => request.Password).Password();
    }
}

internal sealed class ChangeEmail(
    UserManager<User> users, IAppDbContext db, PasswordCheck check, AccountEmails emails, SecurityEvents events)
{
    public async Task Handle(Guid userId, ChangeEmailRequest request, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == userId, ct);

        // Somebody else's address gets the same answer, and its owner a mail, as when somebody signs up with it.
        var owner = await users.FindByEmailAsync(request.NewEmail);
        var kind = IsSomebodyElse(owner, userId) ? CountedEmail.AlreadyRegistered : CountedEmail.EmailChange;
        // The account first: once it may cause no more, what it asks for uses up nobody's count.
        var mayMail = await emails.MayBeSent(CountedEmail.EmailChange, $"{userId}", ct)
            && await emails.MayBeSent(kind, request.NewEmail, ct);

        var isCorrect = await check.WhenCorrect(
            user,
            request.Password,
            async () =>
            {
                if (mayMail)
                {
                    Queue(user!, owner, request.NewEmail);
                    await db.SaveChangesAsync(ct);
                }
            },
            ct);
        if (!isCorrect)
        {
            throw new InvalidInputException(nameof(request.Password), "Is not your password.");
        }

        events.EmailChangeRequested(userId);
    }

    private void Queue(User user, User? owner, string newEmail)
    {
        if (IsSomebodyElse(owner, user.Id))
        {
            emails.QueueAlreadyRegistered(owner);
        }
        else
        {
            emails.QueueEmailChange(user, newEmail);
        }

        emails.QueueEmailChangeRequested(user, newEmail);
    }

    private static bool IsSomebodyElse([NotNullWhen(true)] User? owner, Guid userId) =>
        owner is not null && owner.Id != userId;
}
