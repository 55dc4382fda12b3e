using System.ComponentModel.DataAnnotations;

namespace ProdReady.Application.Accounts;

internal sealed class AccountsOptions
{
    public const string Section = "Accounts";

    /// <summary>The longest password that is hashed: enough for a sentence, too short to keep a CPU busy.</summary>
    public const int PasswordMaxLength = 128;

    /// <summary>15 characters is what NIST SP 800-63B-4 asks of a password that is the only factor.</summary>
    [Range(8, PasswordMaxLength)]
    public int PasswordMinLength { get; init; } = 15;

    /// <summary>How long the link to a new password is good for; short, because it opens the account.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan ResetTokenLifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long the link in a confirmation mail is good for.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "7.00:00:00")]
    public TimeSpan ConfirmationTokenLifetime { get; init; } = TimeSpan.FromDays(1);
}
