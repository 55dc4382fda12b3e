using ProdReady.Application.Accounts.Passwords;

namespace ProdReady.Application.Accounts.SignUp;

/// <summary>A new account.</summary>
/// <param name="Email">One email address. A confirmation link is sent to it.</param>
/// <param name="Password">Any characters, including spaces. A sentence is easy to remember.</param>
/// <example>{ "email": "ada@example.com", "password": "a sentence of your own" }</example>
internal sealed record RegisterRequest(string Email, string Password);

internal sealed class RegisterValidator : AbstractValidator<RegisterRequest>
{
    public RegisterValidator(IOptions<AccountsOptions> accounts)
    {
        RuleFor(request => request.Email).EmailAddress();
        RuleFor(request => request.Password).NewPassword(accounts.Value.PasswordMinLength);
    }
}

/// <summary>
/// The response is the same whether or not the address has an account, so it does not reveal who has one (user
/// enumeration). The owner of a known address gets an email instead. While the account is not confirmed, each
/// registration mails a link of its own: only the reader of the mail can tell whose password is the right one.
/// </summary>
internal sealed class Register(
    UserManager<User> users,
    NewPassword passwords,
    MailedTokens tokens,
    IAppDbContext db,
    AccountEmails emails,
    SecurityEvents events,
    TimeProvider clock)
{
    public async Task Handle(RegisterRequest request, CancellationToken ct)
    {
        var hash = await passwords.Hash(nameof(request.Password), request.Password, request.Email, ct);
        if (await emails.IsWithinLimit(CountedEmail.Registration, request.Email, ct)
            && !await TryRegister(request.Email, hash, ct))
        {
            // A concurrent request registered the address first, and the unique index refused this one.
            await TryRegister(request.Email, hash, ct);
        }
    }

    private Task<bool> TryRegister(string email, string hash, CancellationToken ct) => db.InTransaction(
        async () =>
        {
            // Mails go to the stored spelling: the requested one may differ in case, and be another mailbox.
            var owner = await tokens.LockUser(email, ct);
            var user = owner ?? User.Register(email, hash, clock.Now());
            if (owner is null)
            {
                await users.CreateAsync(user);
            }

            if (user.EmailConfirmed)
            {
                emails.QueueAlreadyRegistered(user);
            }
            else
            {
                emails.QueueConfirmation(user, hash, clock.Now());
            }

            var isSaved = await db.TrySaveChangesAsync(ct);
            if (isSaved && owner is null)
            {
                events.Registered(user.Id);
            }

            return isSaved;
        },
        isSaved => isSaved,
        ct);
}
