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
        var user = await tokens.FindUser(MailedTokenPurpose.ConfirmEmail, request.Email, request.Token, ct);

        return user is not null && await db.InTransaction(() => TryConfirm(user.Id, request.Token, ct), ct);
    }

    private async Task<bool> TryConfirm(Guid userId, string token, CancellationToken ct)
    {
        await db.LockUser(userId, ct);
        var link = await tokens.Valid(MailedTokenPurpose.ConfirmEmail, token).AsNoTracking()
            .SingleOrDefaultAsync(mailed => mailed.UserId == userId, ct);
        if (link is null)
        {
            return false;
        }

        // The link is not used up: mail clients and users open it more than once, and get the same response.
        var user = await db.Users.SingleAsync(u => u.Id == userId, ct);
        if (!user.EmailConfirmed)
        {
            user.Confirm(link.PasswordHash!);
            await tokens.Valid(userId, MailedTokenPurpose.ConfirmEmail).Where(other => other.Id != link.Id)
                .ExecuteDeleteAsync(ct);
            await db.SaveChangesAsync(ct);
            events.AddressConfirmed(userId);
        }

        return true;
    }
}
