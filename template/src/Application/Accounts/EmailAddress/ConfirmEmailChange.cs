using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.EmailAddress;

/// <summary>The proof that the new address belongs to the owner of the account.</summary>
/// <param name="NewEmail">The address that the mail went to.</param>
/// <param name="Token">The <c>token</c> in the mailed link.</param>
/// <param name="Email">The address until now; not needed, but compared where it is sent.</param>
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
    /// <returns>False where the token is not good, or somebody else has the address by now.</returns>
    public async Task<bool> Handle(ConfirmEmailChangeRequest request, CancellationToken ct)
    {
        var userId = await db.InTransaction(() => TryChange(request, ct), ct);
        if (userId is null)
        {
            return false;
        }

        events.EmailChanged(userId.Value);

        return true;
    }

    private async Task<Guid?> TryChange(ConfirmEmailChangeRequest request, CancellationToken ct)
    {
        var token = await tokens.Good(MailedTokenPurpose.ChangeEmail, request.Token).AsNoTracking()
            .SingleOrDefaultAsync(mailed => mailed.NewEmail == request.NewEmail, ct);
        var user = token is null ? null : await db.Users.SingleOrDefaultAsync(u => u.Id == token.UserId, ct);
        if (user is null || !IsTheirs(user, request.Email)
            || !await tokens.TryUse(user.Id, MailedTokenPurpose.ChangeEmail, request.Token, ct))
        {
            return null;
        }

        var oldEmail = user.Email!;
        user.ChangeEmail(request.NewEmail, users.NormalizeEmail(request.NewEmail)!);
        emails.QueueEmailChanged(oldEmail, request.NewEmail);

        // What was mailed to the old address must not open the account any more.
        await tokens.EndAll(user.Id, ct);

        return await db.TrySaveChangesAsync(ct) ? user.Id : null;
    }

    private bool IsTheirs(User user, string? email) =>
        email is null || users.NormalizeEmail(email) == user.NormalizedEmail;
}
