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
    IAppDbContext db,
    PasswordCheck check,
    MailedTokens tokens,
    AccountEmails emails,
    IActiveSessions sessions,
    SecurityEvents events,
    TimeProvider clock)
{
    public async Task Handle(Guid userId, DeleteAccountRequest request, CancellationToken ct)
    {
        await check.Require(
            userId,
            nameof(request.Password),
            request.Password,
            async user =>
            {
                // No ON DELETE CASCADE, which takes as long as the user has rows: a job deletes them in batches. The id
                // is not an address, so no client can register it, and the address is free at once.
                var name = $"{userId}";
                await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(
                    set => set
                        .SetProperty(u => u.DeletedAt, clock.Now())
                        .SetProperty(u => u.UserName, name)
                        .SetProperty(u => u.NormalizedUserName, name)
                        .SetProperty(u => u.Email, name)
                        .SetProperty(u => u.NormalizedEmail, name)
                        .SetProperty(u => u.PasswordHash, (string?)null),
                    ct);
                await tokens.DeleteAll(userId, ct);
                emails.QueueAccountDeleted(user);
                await db.SaveChangesAsync(ct);
            },
            ct);

        sessions.Invalidate(userId);
        events.AccountDeleted(userId);
    }
}
