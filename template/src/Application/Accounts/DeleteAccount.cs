using FluentValidation;
using Microsoft.EntityFrameworkCore;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Application.Accounts;

/// <summary>The end of an account.</summary>
/// <param name="Password">The password of the account. A wrong one counts like a failed sign-in.</param>
/// <example>{ "password": "a sentence of your own" }</example>
internal sealed record DeleteAccountRequest(string Password);

internal sealed class DeleteAccountValidator : AbstractValidator<DeleteAccountRequest>
{
    public DeleteAccountValidator() => RuleFor(request => request.Password).Password();
}

internal sealed class DeleteAccount(
    IAppDbContext db,
    PasswordCheck check,
    AccountEmails emails,
    ILiveSessions liveSessions,
    SecurityEvents events)
{
    public async Task Handle(Guid userId, DeleteAccountRequest request, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == userId, ct);

        var isCorrect = await check.WhenCorrect(
            user,
            request.Password,
            async () =>
            {
                // Everything that belongs to the user refers to this row, and goes with it.
                await db.Users.Where(u => u.Id == userId).ExecuteDeleteAsync(ct);
                emails.QueueAccountDeleted(user!);
                await db.SaveChangesAsync(ct);
            },
            ct);
        if (!isCorrect)
        {
            throw new InvalidInputException(nameof(request.Password), "Is not your password.");
        }

        liveSessions.Forget(userId);
        events.AccountDeleted(userId);
    }
}
