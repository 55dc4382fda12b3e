using FluentValidation;
using Microsoft.AspNetCore.Identity;
using ProdReady.Domain;

namespace ProdReady.Application.Auth;

/// <summary>Somebody signs in.</summary>
/// <param name="Email">The confirmed address of the account.</param>
/// <param name="Password">Exactly as it was chosen.</param>
/// <example>{ "email": "ada@example.com", "password": "a sentence of your own" }</example>
internal sealed record LoginRequest(string Email, string Password);

internal sealed class LoginValidator : AbstractValidator<LoginRequest>
{
    public LoginValidator()
    {
        RuleFor(request => request.Email).EmailAddress();
        RuleFor(request => request.Password).NotEmpty().PlainText(AccountsOptions.PasswordMaxLength);
    }
}

internal sealed class Login(
    UserManager<User> users, PasswordCheck passwords, IAppDbContext db, ITokens tokens, TimeProvider clock)
{
    /// <returns>Null for every cause alike: unknown address, wrong password, address not confirmed.</returns>
    public async Task<TokenResponse?> Handle(LoginRequest request, CancellationToken ct)
    {
        var user = await users.FindByEmailAsync(request.Email);
        var isCorrect = await passwords.IsCorrect(user, request.Password);
        if (user is null || !isCorrect || !user.EmailConfirmed)
        {
            return null;
        }

        var session = Session.Start(user.Id, clock.Now());
        db.Sessions.Add(session);
        await db.SaveChangesAsync(ct);

        return tokens.Issue(user, session.Id, session.Generation);
    }
}
