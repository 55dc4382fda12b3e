namespace ProdReady.Application.Accounts.Passwords;

/// <summary>Asks for a password reset link.</summary>
/// <param name="Email">The email address of the account.</param>
/// <example>{ "email": "ada@example.com" }</example>
internal sealed record ForgotPasswordRequest(string Email);

internal sealed class ForgotPasswordValidator : AbstractValidator<ForgotPasswordRequest>
{
    public ForgotPasswordValidator() => RuleFor(request => request.Email).EmailAddress();
}

internal sealed class ForgotPassword(
    MailedTokens tokens, IAppDbContext db, AccountEmails emails, SecurityEvents events)
{
    public async Task Handle(ForgotPasswordRequest request, CancellationToken ct)
    {
        if (await emails.IsWithinLimit(CountedEmail.PasswordReset, request.Email, ct))
        {
            await db.InTransaction(() => MailLink(request.Email, ct), ct);
        }
    }

    private async Task<bool> MailLink(string email, CancellationToken ct)
    {
        var user = await tokens.LockUser(email, ct);
        if (user is null or { DisabledAt: not null })
        {
            return false;
        }

        emails.QueuePasswordReset(user);
        await db.SaveChangesAsync(ct);
        events.PasswordResetRequested(user.Id);

        return true;
    }
}
