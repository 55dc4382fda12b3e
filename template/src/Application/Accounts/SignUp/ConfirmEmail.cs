using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.SignUp;

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
        RuleFor(request => request.Token).NotEmpty().PlainText(200);
    }
}

internal sealed class ConfirmEmail(
    UserManager<User> users, MailedTokens tokens, IAppDbContext db, SecurityEvents events)
{
    /// <returns>False where the token is not good, for whatever reason.</returns>
    public async Task<bool> Handle(ConfirmEmailRequest request, CancellationToken ct)
    {
        // The token stays: whoever follows the link a second time is told the same.
        var user = await users.FindByEmailAsync(request.Email);
        var userId = user?.Id ?? Guid.Empty;
        var isGood = await tokens.Good(MailedTokenPurpose.ConfirmEmail, request.Token)
            .AnyAsync(token => token.UserId == userId, ct);
        if (user is null || !isGood)
        {
            return false;
        }

        var confirmed = await db.Users
            .Where(u => u.Id == user.Id && !u.EmailConfirmed)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.EmailConfirmed, true), ct);
        if (confirmed == 1)
        {
            events.AddressConfirmed(user.Id);
        }

        return true;
    }
}
