namespace ProdReady.Application.Accounts;

internal sealed class AccountsOptions
{
    public const string Section = "Accounts";

    /// <summary>Bounds the CPU time of one hash, and leaves room for a sentence.</summary>
    public const int PasswordMaxLength = 128;

    /// <summary>NIST SP 800-63B-4 requires 15 characters where the password is the only factor.</summary>
    [Range(8, PasswordMaxLength)]
    public int PasswordMinLength { get; init; } = 15;

    /// <summary>
    /// The lifetime of a reset link. Keep it short: the link gives access to the account. Twelve minutes are the least
    /// for which five mails an hour, one in each lifetime, leave no gap (AccountEmails).
    /// </summary>
    [Range(typeof(TimeSpan), "00:12:00", "01:00:00")]
    public TimeSpan ResetTokenLifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The lifetime of a confirmation link.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "7.00:00:00")]
    public TimeSpan ConfirmationTokenLifetime { get; init; } = TimeSpan.FromDays(1);
}
