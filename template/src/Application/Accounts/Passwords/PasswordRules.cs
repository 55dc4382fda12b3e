namespace ProdReady.Application.Accounts.Passwords;

/// <summary>
/// The length is the only rule for the form of a password (NIST SP 800-63B-4). It is checked before hashing, so a long
/// password costs no CPU.
/// </summary>
internal static class PasswordRules
{
    /// <summary>For a new password.</summary>
    public static IRuleBuilderOptions<T, string?> NewPassword<T>(this IRuleBuilder<T, string?> rule, int minLength) =>
        rule.NotEmpty().Characters(minLength, AccountsOptions.PasswordMaxLength).WithoutNul();

    /// <summary>For an existing password, which may be older than the current minimum length.</summary>
    public static IRuleBuilderOptions<T, string?> Password<T>(this IRuleBuilder<T, string?> rule) =>
        rule.NotEmpty().Characters(1, AccountsOptions.PasswordMaxLength).WithoutNul();
}
