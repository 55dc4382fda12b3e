namespace ProdReady.Application.Accounts;

/// <summary>The account of the signed-in user.</summary>
/// <param name="Id">The id of the account; never changes.</param>
/// <param name="Email">The confirmed email address.</param>
/// <param name="Roles">The roles of the account; usually empty.</param>
/// <param name="MfaEnabled">Whether sign-in requires a second factor.</param>
/// <param name="CreatedAt">When the account was created, UTC.</param>
/// <example>
/// {
///   "id": "019a1f3c-7c40-7d5e-9b61-2f0c8a4e6b17",
///   "email": "ada@example.com",
///   "roles": [],
///   "mfaEnabled": false,
///   "createdAt": "2026-03-14T09:26:53.589793Z"
/// }
/// </example>
internal sealed record AccountResponse(
    Guid Id,
    string Email,
    [property: MaxLength(20)] IReadOnlyList<string> Roles,
    bool MfaEnabled,
    DateTimeOffset CreatedAt);

internal sealed class GetAccount(IAppDbContext db)
{
    public async Task<AccountResponse?> Handle(Guid userId, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == userId, ct);

        return user is null
            ? null
            : new AccountResponse(user.Id, user.Email!, user.Roles, user.TwoFactorEnabled, user.CreatedAt);
    }
}
