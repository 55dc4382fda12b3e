using Microsoft.AspNetCore.Identity;
using ProdReady.Domain;

namespace ProdReady.Application.Auth;

/// <summary>
/// Checks a password with exactly one hash, also where there is no account: an answer that comes sooner for unknown
/// addresses tells who has an account.
/// </summary>
internal sealed class PasswordCheck(UserManager<User> users, IPasswordHasher<User> hasher)
{
    private static readonly User Nobody = User.Register("nobody", DateTimeOffset.UnixEpoch);
    private static string? hashOfNobody;

    public async Task<bool> IsCorrect(User? user, string password)
    {
        if (user is not null)
        {
            return await users.CheckPasswordAsync(user, password);
        }

        hashOfNobody ??= hasher.HashPassword(Nobody, Guid.NewGuid().ToString());
        hasher.VerifyHashedPassword(Nobody, hashOfNobody, password);

        return false;
    }
}
