using FluentValidation;
using Microsoft.AspNetCore.Identity;
using ProdReady.Application.Accounts.Passwords;

namespace ProdReady.Application.Accounts.SignUp;

/// <summary>A new account.</summary>
/// <param name="Email">One email address. A confirmation link is sent to it.</param>
/// <param name="Password">Any characters, including spaces. A sentence is easy to remember.</param>
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
/// The response is the same whether or not the address has an account, so it does not reveal who has one (user
/// enumeration). The owner of a known address gets an email instead.
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
        var mayEmail = await emails.IsWithinLimit(CountedEmail.AlreadyRegistered, request.Email, ct);
        var user = User.Register(request.Email, hash, clock.Now());
        var created = await users.CreateAsync(user);

        if (created.Succeeded)
        {
            // Not counted: an account is created only once.
            emails.QueueConfirmation(user);
            if (await db.TrySaveChangesAsync(ct))
            {
                events.Registered(user.Id);

                return;
            }

            // A concurrent request registered the address first; the unique index refused this one.
        }

        // To the stored spelling of the address: the requested one may differ in case, and be another mailbox.
        var owner = await users.FindByEmailAsync(request.Email);
        if (owner is not null && mayEmail)
        {
            emails.QueueAlreadyRegistered(owner);
            await db.SaveChangesAsync(ct);
        }
    }
}
