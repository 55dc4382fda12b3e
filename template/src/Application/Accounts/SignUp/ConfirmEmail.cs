using FluentValidation;

namespace ProdReady.Application.Accounts.SignUp;

/// <summary>Proves that the user reads the mail of the address.</summary>
/// <param name="Email">The email address that signed up.</param>
/// <param name="Token">The <c>token</c> in the emailed link.</param>
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

internal sealed class ConfirmEmail(MailedTokens tokens, IAppDbContext db, SecurityEvents events)
{
    /// <returns>False if the token is invalid.</returns>
    public async Task<bool> Handle(ConfirmEmailRequest request, CancellationToken ct)
    {
        // The token is not used up: mail clients and users open a link more than once, and get the same response.
        var user = await tokens.FindUser(MailedTokenPurpose.ConfirmEmail, request.Email, request.Token, ct);
        if (user is null)
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
