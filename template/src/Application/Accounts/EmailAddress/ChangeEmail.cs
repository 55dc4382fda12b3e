using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Application.Accounts.EmailAddress;

/// <summary>A new email address for the account.</summary>
/// <param name="NewEmail">One email address. A confirmation link is sent to it.</param>
/// <param name="Password">The password of the account. A wrong one counts as a failed sign-in.</param>
/// <example>{ "newEmail": "ada.lovelace@example.com", "password": "a sentence of your own" }</example>
internal sealed record ChangeEmailRequest(string NewEmail, string Password);

internal sealed class ChangeEmailValidator : AbstractValidator<ChangeEmailRequest>
{
    public ChangeEmailValidator()
    {
        RuleFor(request => request.NewEmail).EmailAddress();
        RuleFor(request => request.Password).Password();
    }
}

internal sealed class ChangeEmail(
    UserManager<User> users,
    IAppDbContext db,
    PasswordCheck check,
    MailedTokens tokens,
    AccountEmails emails,
    SecurityEvents events)
{
    public async Task Handle(Guid userId, ChangeEmailRequest request, Device device, CancellationToken ct)
    {
        var newEmail = request.NewEmail.Normalize();
        // As in Register: an address that has an account gets the same response, and its owner an email. Whatever the
        // user can observe is the same too: the limit, the notice to the old address, and the end of earlier links.
        var owner = await users.FindByEmailAsync(newEmail);
        var otherUser = owner is { EmailConfirmed: true } && owner.Id != userId ? owner : null;
        // The account is counted first: over its own limit, it cannot use up the limits of other addresses.
        var mayEmail = await emails.IsWithinLimit(CountedEmail.EmailChange, $"{userId}", ct)
            && await emails.IsWithinLimit(CountedEmail.EmailChange, newEmail, ct);

        await check.Require(
            userId,
            nameof(request.Password),
            request.Password,
            device,
            async user =>
            {
                if (!mayEmail)
                {
                    return;
                }

                await tokens.Valid(userId, MailedTokenPurpose.ChangeEmail).ExecuteDeleteAsync(ct);
                if (otherUser is null)
                {
                    emails.QueueEmailChange(user, newEmail);
                }
                else
                {
                    // Never mailed, so it opens nothing; it costs what the mailed one costs.
                    tokens.Issue(user, MailedTokenPurpose.ChangeEmail, newEmail);
                    emails.QueueAlreadyRegistered(otherUser);
                }

                emails.QueueEmailChangeRequested(user, newEmail);
                await db.SaveChangesAsync(ct);
            },
            ct);

        events.EmailChangeRequested(userId);
    }
}
