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
    IAppDbContext db,
    PasswordCheck check,
    MailedTokens tokens,
    AccountEmails emails,
    IActiveSessions sessions,
    SecurityEvents events,
    TimeProvider clock)
{
    public async Task Handle(Guid userId, DeleteAccountRequest request, Device device, CancellationToken ct)
    {
        await check.Require(
            userId,
            nameof(request.Password),
            request.Password,
            device,
            async _ =>
            {
                // No ON DELETE CASCADE, which takes as long as the user has rows: DeletedAccounts deletes them later.
                var user = await db.Users.SingleAsync(u => u.Id == userId, ct);
                emails.QueueAccountDeleted(user);
                user.Delete(clock.Now());
                await tokens.DeleteAll(userId, ct);
                await db.SaveChangesAsync(ct);
            },
            ct);

        sessions.Invalidate(userId);
        events.AccountDeleted(userId);
    }
}
