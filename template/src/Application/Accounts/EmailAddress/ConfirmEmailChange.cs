namespace ProdReady.Application.Accounts.EmailAddress;

/// <summary>Proves that the user reads the mail of the new address.</summary>
/// <param name="NewEmail">The address that the link was sent to.</param>
/// <param name="Token">The <c>token</c> in the emailed link.</param>
/// <param name="Email">Optional: the current address. If sent, it must match.</param>
/// <example>
/// { "newEmail": "ada.lovelace@example.com", "token": "the-token-in-the-link", "email": "ada@example.com" }
/// </example>
internal sealed record ConfirmEmailChangeRequest(string NewEmail, string Token, string? Email = null);

internal sealed class ConfirmEmailChangeValidator : AbstractValidator<ConfirmEmailChangeRequest>
{
    public ConfirmEmailChangeValidator()
    {
        RuleFor(request => request.NewEmail).EmailAddress();
        RuleFor(request => request.Token).NotEmpty().PlainText(200);
        RuleFor(request => request.Email).PlainText(User.MaxEmailLength);
    }
}

internal sealed class ConfirmEmailChange(
    UserManager<User> users, MailedTokens tokens, IAppDbContext db, AccountEmails emails, SecurityEvents events)
{
    /// <returns>False if the token is invalid, or if another account has the address.</returns>
    public Task<bool> Handle(ConfirmEmailChangeRequest request, CancellationToken ct) =>
        db.InTransaction(() => TryChange(request, ct), isChanged => isChanged, ct);

    private async Task<bool> TryChange(ConfirmEmailChangeRequest request, CancellationToken ct)
    {
        var newEmail = request.NewEmail.Normalize();
        var token = await tokens.Valid(MailedTokenPurpose.ChangeEmail, request.Token).AsNoTracking()
            .SingleOrDefaultAsync(mailed => mailed.NewEmail == newEmail, ct);
        if (token is null || !await db.LockUser(token.UserId, ct))
        {
            return false;
        }

        var user = await db.Users.SingleAsync(u => u.Id == token.UserId, ct);
        if (user.DisabledAt is not null || !Matches(user, request.Email)
            || !await tokens.TryUse(user.Id, MailedTokenPurpose.ChangeEmail, request.Token, ct))
        {
            return false;
        }

        var oldEmail = user.Email!;
        var address = users.NormalizeEmail(newEmail)!;
        // The token proves who reads the mail; a sign-up that was never confirmed does not hold the address.
        await db.Users.Where(u => u.NormalizedEmail == address && !u.EmailConfirmed).ExecuteDeleteAsync(ct);
        user.ChangeEmail(newEmail, address);
        emails.QueueEmailChanged(oldEmail, newEmail);

        // A reset link in the old mailbox must not open the account.
        await tokens.DeleteAll(user.Id, ct);

        var isChanged = await db.TrySaveChangesAsync(ct);
        if (isChanged)
        {
            events.EmailChanged(user.Id);
        }

        return isChanged;
    }

    private bool Matches(User user, string? email) =>
        email is null || users.NormalizeEmail(email) == user.NormalizedEmail;
}
