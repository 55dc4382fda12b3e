using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ProdReady.Domain;

namespace ProdReady.Application.Auth;

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
        RuleFor(request => request.Password)
            .NotEmpty()
            .MinimumLength(accounts.Value.PasswordMinLength)
            .PlainText(AccountsOptions.PasswordMaxLength);
    }
}

/// <summary>
/// Known and new addresses get the same answer, so that nobody can ask this endpoint who has an account. The owner
/// of a known address is told by mail instead.
/// </summary>
internal sealed class Register(UserManager<User> users, IAppDbContext db, AccountEmails emails, TimeProvider clock)
{
    public async Task Handle(RegisterRequest request, CancellationToken ct)
    {
        var user = User.Register(request.Email, clock.Now());
        var created = await users.CreateAsync(user, request.Password);

        if (created.Succeeded)
        {
            await emails.QueueConfirmation(user);
            if (await db.TrySaveChangesAsync(ct))
            {
                return;
            }

            // Somebody else registered the address in this very moment, and the unique index decided who was first.
        }

        emails.QueueAlreadyRegistered(request.Email);
        await db.SaveChangesAsync(ct);
    }
}
