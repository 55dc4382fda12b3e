using FluentValidation.Validators;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>
/// The length is the only rule for the form of a password (NIST SP 800-63B-4). It is checked before hashing, so a long
/// password costs no CPU.
/// </summary>
internal static class PasswordRules
{
    /// <summary>For a new password.</summary>
    public static IRuleBuilderOptions<T, string?> NewPassword<T>(this IRuleBuilder<T, string?> rule, int minLength) =>
        rule.NotEmpty().SetValidator(new LengthInCharacters<T>(minLength)).WithoutNul();

    /// <summary>For an existing password, which may be older than the current minimum length.</summary>
    public static IRuleBuilderOptions<T, string?> Password<T>(this IRuleBuilder<T, string?> rule) =>
        rule.NotEmpty().SetValidator(new LengthInCharacters<T>(min: 1)).WithoutNul();

    // Counts Unicode code points, as NIST and JSON Schema do. string.Length counts an emoji as two.
    private sealed class LengthInCharacters<T>(int min) : PropertyValidator<T, string?>, ILengthValidator
    {
        public override string Name => nameof(LengthInCharacters<>);

        public int Min => min;

        public int Max => AccountsOptions.PasswordMaxLength;

        public override bool IsValid(ValidationContext<T> context, string? value)
        {
            var length = value?.EnumerateRunes().Count();

            return length is null || (length >= Min && length <= Max);
        }

        protected override string GetDefaultMessageTemplate(string errorCode) =>
            $"Must have {Min} to {Max} characters.";
    }
}
