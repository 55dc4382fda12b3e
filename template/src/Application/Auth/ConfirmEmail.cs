using FluentValidation;
using Microsoft.AspNetCore.Identity;
using ProdReady.Domain;

namespace ProdReady.Application.Auth;

/// <summary>The proof that an address belongs to who signed up with it.</summary>
/// <param name="Email">The address that signed up.</param>
/// <param name="Token">The <c>token</c> in the mailed link.</param>
/// <example>{ "email": "ada@example.com", "token": "the-token-in-the-link" }</example>
internal sealed record ConfirmEmailRequest(string Email, string Token);

internal sealed class ConfirmEmailValidator : AbstractValidator<ConfirmEmailRequest>
{
    public ConfirmEmailValidator()
    {
        RuleFor(request => request.Email).EmailAddress();
        RuleFor(request => request.Token).NotEmpty().PlainText(2000);
    }
}

internal sealed class ConfirmEmail(UserManager<User> users, IAppDbContext db, SecurityEvents events)
{
    /// <returns>False where the token is not good, for whatever reason.</returns>
    public async Task<bool> Handle(ConfirmEmailRequest request, CancellationToken ct)
    {
        var user = await users.FindByEmailAsync(request.Email);
        var token = MailedToken.Decode(request.Token);
        if (user is null || token is null)
        {
            return false;
        }

        var confirmed = await users.ConfirmEmailAsync(user, token);
        if (!confirmed.Succeeded)
        {
            return false;
        }

        await db.SaveChangesAsync(ct);
        events.AddressConfirmed(user.Id);

        return true;
    }
}
