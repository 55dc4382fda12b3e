namespace ProdReady.Application.Accounts.SignUp;

/// <summary>Asks for another confirmation email.</summary>
/// <param name="Email">The email address that signed up.</param>
/// <example>{ "email": "ada@example.com" }</example>
internal sealed record ResendConfirmationRequest(string Email);

internal sealed class ResendConfirmationValidator : AbstractValidator<ResendConfirmationRequest>
{
    public ResendConfirmationValidator() => RuleFor(request => request.Email).EmailAddress();
}

internal sealed class ResendConfirmation(MailedTokens tokens, IAppDbContext db, AccountEmails emails)
{
    public async Task Handle(ResendConfirmationRequest request, CancellationToken ct)
    {
        if (await emails.IsWithinLimit(CountedEmail.Confirmation, request.Email, ct))
        {
            await db.InTransaction(() => Resend(request.Email, ct), ct);
        }
    }

    private async Task<int> Resend(string email, CancellationToken ct)
    {
        var user = await tokens.LockUser(email, ct);
        if (user is null or { EmailConfirmed: true })
        {
            return 0;
        }

        var pending = await tokens.Valid(user.Id, MailedTokenPurpose.ConfirmEmail)
            .Select(link => link.PasswordHash!).Distinct().ToListAsync(ct);
        // The request has no password. If the links are for different ones, or expired, the user chooses a new one.
        if (pending is [var hash] && hash == user.PasswordHash)
        {
            // The password is that of the first registration.
            emails.QueueConfirmation(user, hash, user.CreatedAt);
        }
        else
        {
            emails.QueuePasswordReset(user);
        }

        return await db.SaveChangesAsync(ct);
    }
}
