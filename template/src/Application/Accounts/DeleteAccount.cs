using FluentValidation;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Application.Accounts;

/// <summary>Confirms that the account is to be deleted.</summary>
/// <param name="Password">The password of the account. A wrong one counts as a failed sign-in.</param>
/// <example>{ "password": "a sentence of your own" }</example>
internal sealed record DeleteAccountRequest(string Password);

internal sealed class DeleteAccountValidator : AbstractValidator<DeleteAccountRequest>
{
    public DeleteAccountValidator() => RuleFor(request => request.Password).Password();
}

internal sealed class DeleteAccount(
    IAppDbContext db, PasswordCheck check, AccountEmails emails, IActiveSessions sessions, SecurityEvents events)
{
    public async Task Handle(Guid userId, DeleteAccountRequest request, Device device, CancellationToken ct)
    {
        await check.Require(
            userId,
            nameof(request.Password),
            request.Password,
            device,
            async user =>
            {
                // ON DELETE CASCADE deletes all rows that refer to the user.
                await db.Users.Where(u => u.Id == userId).ExecuteDeleteAsync(ct);
                emails.QueueAccountDeleted(user);
                await db.SaveChangesAsync(ct);
            },
            ct);

        sessions.Invalidate(userId);
        events.AccountDeleted(userId);
    }
}
