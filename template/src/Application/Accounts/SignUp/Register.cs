using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.SignUp;

/// <summary>A new account.</summary>
/// <param name="Email">One e-mail address. A confirmation is mailed to it.</param>
/// <param name="Password">Characters of any kind, spaces included; a sentence is easy to remember.</param>
/// <example>{ "email": "ada@example.com", "password": "a sentence of your own" }</example>
internal sealed record RegisterRequest(string Email, string Password);

internal sealed class RegisterValidator : AbstractValidator<RegisterRequest>
{
    public RegisterValidator(IOptions<AccountsOptions> accounts)
    {
        RuleFor(request => request.Email).EmailAddress();
        RuleFor(request => request.Password).NewPassword(accounts.Value.PasswordMinLength);
    }
}

/// <summary>
/// Known and new addresses get the same answer, so that nobody can ask this endpoint who has an account. The owner
/// of a known address is told by mail instead.
/// </summary>
internal sealed class Register(
    UserManager<User> users,
    NewPassword passwords,
    IAppDbContext db,
    AccountEmails emails,
    SecurityEvents events,
    TimeProvider clock)
{
    public async Task Handle(RegisterRequest request, CancellationToken ct)
    {
        var hash = await passwords.Hash(nameof(request.Password), request.Password, request.Email, ct);
        var mayMail = await emails.MayBeSent(CountedEmail.AlreadyRegistered, request.Email, ct);
        var user = User.Register(request.Email, hash, clock.Now());
        var created = await users.CreateAsync(user);

        if (created.Succeeded)
        {
            // An account is made once, so this mail is sent in any case.
            emails.QueueConfirmation(user);
            if (await db.TrySaveChangesAsync(ct))
            {
                events.Registered(user.Id);

                return;
            }

            // Somebody else registered the address in this very moment, and the unique index decided who was first.
        }

        // To the address as its owner wrote it. One that only counts as the same may be in somebody else's hands.
        var owner = await users.FindByEmailAsync(request.Email);
        if (owner is not null && mayMail)
        {
            emails.QueueAlreadyRegistered(owner);
            await db.SaveChangesAsync(ct);
        }
    }
}
