using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.Sessions;

namespace ProdReady.Application.Accounts.SignIn;

/// <summary>The credentials of an account.</summary>
/// <param name="Email">The confirmed email address of the account.</param>
/// <param name="Password">The password of the account.</param>
/// <example>{ "email": "ada@example.com", "password": "a sentence of your own" }</example>
internal sealed record LoginRequest(string Email, string Password);

internal sealed class LoginValidator : AbstractValidator<LoginRequest>
{
    public LoginValidator()
    {
        RuleFor(request => request.Email).EmailAddress();
        RuleFor(request => request.Password).Password();
    }
}

internal sealed class Login(
    UserManager<User> users,
    PasswordCheck passwords,
    Lockouts lockouts,
    IAppDbContext db,
    ITokens tokens,
    IOptions<SessionsOptions> options,
    SecurityEvents events,
    TimeProvider clock)
{
    /// <returns>Null if the address is unknown, the password wrong, or the account not open.</returns>
    public async Task<TokenResponse?> Handle(LoginRequest request, Device device, CancellationToken ct)
    {
        var user = await users.FindByEmailAsync(request.Email);
        Session? session = null;
        var isOpen = await passwords.WhenCorrect(
            user,
            request.Email,
            request.Password,
            device,
            async owner =>
            {
                session = Session.Start(owner.Id, device, clock.Now(), options.Value.AbsoluteLifetime);
                db.Sessions.Add(session);
                await lockouts.Remember(owner.Id, device, ct);
            },
            ct);
        if (!isOpen || user is null || session is null)
        {
            return null;
        }

        events.SignedIn(user.Id, session.Id);

        return tokens.Issue(user, session.Id, session.Generation);
    }
}
