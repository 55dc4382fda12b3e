using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>The passwords known from data breaches, which attackers try first.</summary>
internal interface IBreachedPasswords
{
    /// <summary>False also if the lookup fails: an outage of the service must not block users.</summary>
    Task<bool> Contain(string password, CancellationToken ct);
}

/// <summary>Checks, hashes and stores a new password, for sign-up, change and reset.</summary>
internal sealed partial class NewPassword(
    IBreachedPasswords breached,
    IPasswordHasher<User> hasher,
    PasswordQueue queue,
    IAppDbContext db,
    Lockouts lockouts,
    MailedTokens tokens,
    AccountEmails emails,
    IOptions<AppOptions> app)
{
    // On zxcvbn's scale of 0 to 4. Below 3, an offline attack on a stolen hash is likely to succeed.
    private const int MinScore = 3;

    // Static, because loading its dictionaries takes about 20 ms of CPU.
    private static readonly Zxcvbn.Zxcvbn Strength = new();

    /// <summary>The hash of the password; a weak or breached password is refused with status 400.</summary>
    /// <param name="property">The member of the request that holds the password.</param>
    public async Task<string> Hash(string property, string password, string email, CancellationToken ct)
    {
        // In the queue too: zxcvbn takes up to 0.1 seconds of CPU for 128 characters.
        if (!await queue.Run(() => IsStrong(password, WordsAround(email)), ct))
        {
            throw new InvalidInputException(
                property, "Is too easy to guess. A sentence of your own is hard to guess and easy to remember.");
        }

        if (await breached.Contain(password, ct))
        {
            throw new InvalidInputException(
                property, "Is known from a data breach, so that attackers try it. Choose another one.");
        }

        var user = User.Register(email, "", DateTimeOffset.UnixEpoch);

        return await queue.Run(() => hasher.HashPassword(user, password), ct);
    }

    /// <summary>
    /// Sets the password, deletes the user's emailed tokens and all sessions but one, ends all lockouts, and queues an
    /// email. The caller opens the transaction.
    /// </summary>
    /// <returns>False if a concurrent request changed the password.</returns>
    public async Task<bool> TrySet(User user, string hash, Device device, Guid? keptSession, CancellationToken ct)
    {
        var isSet = await db.Users
            .Where(u => u.Id == user.Id && u.SecurityStamp == user.SecurityStamp && u.DisabledAt == null)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(u => u.PasswordHash, hash)
                    .SetProperty(u => u.SecurityStamp, $"{Guid.NewGuid():N}")
                    .SetProperty(u => u.ConcurrencyStamp, $"{Guid.NewGuid()}")
                    // A reset link proves that the user reads the mail of the address. A change requires a confirmed
                    // account, so the same value is right for it.
                    .SetProperty(u => u.EmailConfirmed, true),
                ct) == 1;
        if (isSet)
        {
            await db.Sessions
                .Where(session => session.UserId == user.Id && session.Id != keptSession)
                .ExecuteDeleteAsync(ct);
            await tokens.DeleteAll(user.Id, ct);
            emails.QueuePasswordChanged(user);
            await db.SaveChangesAsync(ct);
            await lockouts.EndAll(user.Id, device, ct);
        }

        return isSet;
    }

    // zxcvbn does not see most repetitions: "adminadminadminadmin" gets 3, and "admin" 0. So what is repeated is rated
    // once more without its repetitions.
    private static bool IsStrong(string password, IEnumerable<string> easyWords)
    {
        var unit = UnitOf(Repetition().Replace(password, "$1"));

        return Strength.EvaluatePassword(password, easyWords).Score >= MinScore
            && (unit == password || IsStrong(unit, easyWords));
    }

    // The shortest text of whose repetitions the whole text is the beginning.
    private static string UnitOf(string text)
    {
        var size = 1;
        while (!text.AsSpan(size).Equals(text.AsSpan(0, text.Length - size), StringComparison.OrdinalIgnoreCase))
        {
            size++;
        }

        return text[..size];
    }

    [GeneratedRegex(@"(..+?)\1+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Repetition();

    // An attacker tries the parts of the address and the name of the product first.
    private IEnumerable<string> WordsAround(string email)
    {
        var product = app.Value.Name;

        return new[] { email, product, product.Replace(".", "").Replace(" ", "") }
            .Concat(email.Split('@', '.', '-', '_', '+'))
            .Concat(product.Split('.', '-', '_', ' '))
            .Where(word => word.Length > 2)
            .Select(word => word.ToLowerInvariant())
            .Distinct();
    }
}
