using FluentValidation;
using FluentValidation.Validators;

namespace ProdReady.Application.Accounts.Passwords;

/// <summary>
/// The length is all that is asked of a password's form (NIST SP 800-63B-4). It is checked before anything is hashed,
/// so that a long one keeps no CPU busy.
/// </summary>
internal static class PasswordRules
{
    /// <summary>A password that is being chosen.</summary>
    public static IRuleBuilderOptions<T, string?> NewPassword<T>(this IRuleBuilder<T, string?> rule, int minLength) =>
        rule.NotEmpty().SetValidator(new LengthInCharacters<T>(minLength)).WithoutNul();

    /// <summary>A password that was chosen, maybe when other lengths were asked for.</summary>
    public static IRuleBuilderOptions<T, string?> Password<T>(this IRuleBuilder<T, string?> rule) =>
        rule.NotEmpty().SetValidator(new LengthInCharacters<T>(min: 1)).WithoutNul();

    // One character is one Unicode code point, as NIST counts and as JSON Schema does; in .NET an emoji has length 2.
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
